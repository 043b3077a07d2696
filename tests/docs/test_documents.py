"""In the README and docs/, links work, and commands and names are the project's."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from sparkify.warehouse.analysts import ROLE
from tests.support.files import files
from tests.support.runs import ROOT

README = ROOT / "README.md"
PAGES = [*files(ROOT, "*.md"), *files(ROOT / "docs", "*.md"), ROOT / "local/redshift/README.md"]
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
PARTS = (
    "Try it",
    "What you get",
    "Use it",
    "Run it in production",
    "Extend it",
    "The rest",
)

_FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
_SPAN = re.compile(r"`([^`\n]+)`")
_FOLDERS = ("benchmarks", "conformance", "dags", "docs", "include", "infra", "local", "plugins",
            "tests")  # fmt: skip


def prose(page: Path) -> str:
    """The text without its code blocks."""
    return _FENCED.sub("", page.read_text())


def code(page: Path) -> list[str]:
    """Code spans, and the lines of shell blocks with continuation lines joined."""
    blocks = [text for kind, text in _FENCED.findall(page.read_text()) if kind == "sh"]
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [*_SPAN.findall(prose(page)), *(line.strip() for line in lines)]


def slugs(page: Path) -> set[str]:
    """The anchors that GitHub creates for a page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", NAMES)
def test_each_link_leads_to_a_file_and_to_a_heading_of_it(name: str):
    page = ROOT / name
    wrong = []
    for groups in _LINK.findall(prose(page)):
        link = "".join(groups)
        if link.startswith(("http:", "https:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in slugs(target)):
            wrong.append(link)
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_each_path_in_code_is_there(name: str):
    spans = _SPAN.findall(prose(ROOT / name))
    paths = [
        span
        for span in spans
        if span.startswith(tuple(f"{folder}/" for folder in _FOLDERS))
        and not re.search(r"[A-Z]{3,}|NNNN|[ *<{]", span)
        and "/" in span.rstrip("/")
    ]
    if name == "docs/extending.md":  # it names the files that it adds
        paths = [path for path in paths if (ROOT / path).parent.name == "docs"]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_readme_leads_to_every_page_of_docs():
    linked = {"".join(groups).partition("#")[0] for groups in _LINK.findall(prose(README))}
    assert {name for name in NAMES if name.startswith("docs/")} <= linked


def test_the_readme_is_short_and_in_the_order_of_a_readers_questions():
    text = README.read_text()
    diagrams = "".join(re.findall(r"^```mermaid\n.*?^```\n", text, re.MULTILINE | re.DOTALL))
    assert text.count("\n") - diagrams.count("\n") < 160
    assert tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) == PARTS


def commands(program: str) -> list[tuple[str, list[str]]]:
    """For each command in the pages, the page's name and the words after `program`."""
    calls = []
    for page, name in zip(PAGES, NAMES, strict=True):
        for text in code(page):
            given = re.findall(rf"(?:^|[|&;] *){program} (.+?)(?:  +#.*|$| [|] )", text)
            calls += [(name, shlex.split(command.replace("…", ""))) for command in given]
    assert calls
    return calls


def test_each_make_target_and_each_of_its_variables_is_the_makefiles():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    variables = set(re.findall(r"^([A-Z]+) \?=", makefile, re.MULTILINE))
    wrong = []
    for name, words in commands("make"):
        for word in words:
            if word in ("<", ">", "&&"):
                break
            variable, equals, _ = word.partition("=")
            if not (variable in variables if equals else word in targets):
                wrong.append((name, word))
    assert wrong == []


def test_each_module_that_is_run_is_there():
    modules = [
        match
        for page in PAGES
        for text in code(page)
        for match in re.findall(r"python3? -m ([\w.]+)", text)
    ]
    assert {"sparkify.commands.plan", "benchmarks.hour_on_history"} <= set(modules)
    assert [name for name in modules if importlib.util.find_spec(name) is None] == []


def test_each_command_of_airflow_is_one_that_airflow_takes():
    from airflow.cli.cli_parser import get_parser

    parser = get_parser()
    given = [(name, words) for name, words in commands("airflow") if words]
    for name, words in commands("make"):
        arguments = dict(word.split("=", 1) for word in words if "=" in word)
        if "airflow" in words and arguments.get("ARGS", "").strip():
            given.append((name, shlex.split(arguments["ARGS"])))
    for name, words in commands("docker compose run --rm airflow-cli"):
        given.append((name, words))
    dag_ids = {path.stem for path in files(ROOT / "dags", "*.py")}
    whole = [(name, words) for name, words in given if words != ["backfill", "create"]]
    assert len(whole) > 5
    for name, words in whole:
        try:
            parsed: Any = parser.parse_args(words)
        except SystemExit:
            pytest.fail(f"{name}: airflow {' '.join(words)}")
        assert getattr(parsed, "dag_id", None) in {None, *dag_ids}


def test_each_service_in_a_command_of_compose_is_in_its_file():
    services = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())["services"]
    named = [words[0] for _, words in commands("docker compose exec")]
    named += [words[0] for _, words in commands("docker compose run --rm")]
    named += [words[0] for _, words in commands("docker compose logs --follow")]
    assert [name for name in named if name not in services] == []


def test_each_name_of_sparkifys_is_a_dag_a_variable_or_the_role():
    defined = {ROLE, *(path.stem for path in files(ROOT / "dags", "*.py"))}
    sources = "".join(path.read_text() for path in files(ROOT / "dags", "*.py"))
    sources += "".join(path.read_text() for path in files(ROOT / "plugins", "**/*.py"))
    defined |= set(re.findall(r"var\.value\.get\('(sparkify_\w+)'", sources))
    named = {
        match
        for page in PAGES
        for text in [*_SPAN.findall(prose(page)), *re.findall(r"\*(sparkify_\w+)\*", prose(page))]
        for match in re.findall(r"^sparkify_\w+$", text)
    }
    assert named - defined == set()


PYTHON = [
    (name, text)
    for page, name in zip(PAGES, NAMES, strict=True)
    for kind, text in _FENCED.findall(page.read_text())
    if kind == "python"
]


@pytest.mark.parametrize(("name", "text"), PYTHON, ids=[name for name, _ in PYTHON])
def test_each_python_example_runs(name: str, text: str):
    exec(compile(text, name, "exec"), {})
