"""Parses the recipes of docs/extending.md and applies them to a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.files import files
from tests.support.runs import ROOT

DOCUMENT = ROOT / "docs" / "extending.md"
COPIED = ("dags", "include", "plugins", "tests", "README.md")

_SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^`([\w./-]+)`\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Recipe:
    """One section of the document.

    :param new: the content of each new file, by path.
    :param edits: a diff for each existing file, by path.
    """

    title: str
    new: dict[str, str]
    edits: dict[str, str]

    @property
    def files(self) -> list[str]:
        return [*self.new, *self.edits]

    def apply(self, project: Path) -> None:
        """Apply the recipe to a copy of the project, as a reader would.

        :raises CalledProcessError: a diff does not apply; the output says where.
        """
        migrations = files(project, "include/sql/migrations/0*/*.sql")
        number = max(int(path.parent.name[:4]) for path in migrations) + 1
        for path, text in self.new.items():
            target = project / path.replace("NNNN", f"{number:04}")
            assert not target.exists(), f"{path} is there already: show it as a diff"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        for path, diff in self.edits.items():
            assert f"+++ b/{path}\n" in diff, f"the diff below {path} is of another file"
            # The copy is not a repository, even if the temporary folder is inside one.
            alone = os.environ | {"GIT_CEILING_DIRECTORIES": str(project.parent)}
            command = ["git", "apply", "--recount", "-"]
            subprocess.run(command, cwd=project, env=alone, input=diff, text=True, check=True)


def recipes() -> list[Recipe]:
    """The recipes, in the order of the document."""
    parsed = []
    for title, body in _SECTION.findall(DOCUMENT.read_text()):
        blocks = _BLOCK.findall(body)
        new = {path: text for path, kind, text in blocks if kind != "diff"}
        edits = {path: text for path, kind, text in blocks if kind == "diff"}
        assert len(new) + len(edits) == len(blocks), f"{title}: a file stands there twice"
        parsed.append(Recipe(title, new, edits))
    return parsed


def copy_project(to: Path) -> Path:
    """Copy the files that a DAG run needs."""
    ignore = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=ignore)
        else:
            shutil.copy(source, to / name)
    return to
