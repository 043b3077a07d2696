"""The output of `make mwaa` works in the directories of Amazon MWAA."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.mwaa import OF_MWAA, build
from tests.support.files import files
from tests.support.runs import ROOT

LOOK = """
import json, sys
from pathlib import Path
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
import sparkify
from sparkify.quality.contract import CONTRACTS
from sparkify.include import SQL
from sparkify.cluster.template import TEMPLATE
from sparkify.commands.plan import _DAG
from sparkify.warehouse.statements import statement
statements = sorted(SQL.rglob("*.sql"))
for path in statements:
    path.read_text()
searched = {path for dag in bag.dags.values() for path in dag.template_searchpath or []}
print(json.dumps({
    "errors": bag.import_errors,
    "dags": sorted(bag.dags),
    "searchpath": sorted(searched),
    "package": sparkify.__file__,
    "contracts": sorted(path.name for path in CONTRACTS.glob("*.json")),
    "statement": statement("operators/lock.sql", locked=["users"]),
    "plan": _DAG.is_file(),
    "template": TEMPLATE.is_file(),
    "statements": len(statements),
}))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("mwaa") / "out"
    build(out, airflow="3.3.2", python="3.12")
    return out


def test_the_dags_import_from_the_tree_that_mwaa_makes(built: Path, tmp_path: Path) -> None:
    """The tree is /usr/local/airflow, in a process without access to the repository."""
    home = tmp_path / "airflow"
    with zipfile.ZipFile(built / "plugins.zip") as archive:
        archive.extractall(home / "plugins")
    (home / "dags").symlink_to(built / "dags")
    environment = {name: value for name, value in os.environ.items() if "PYTHON" not in name}
    environment |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
    }
    run = subprocess.run(
        [sys.executable, "-c", LOOK, str(home / "dags")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    imported = json.loads(run.stdout.splitlines()[-1])
    assert imported["errors"] == {}
    assert imported["dags"] == [path.stem for path in files(ROOT / "dags", "*.py")]
    assert imported["package"].startswith(str(home / "plugins"))
    assert imported["searchpath"] == [str(home / "plugins/include/sql")]
    assert imported["contracts"] == ["events.json", "songs.json"]
    assert imported["statement"].endswith("lock table users")
    assert imported["plan"]
    assert imported["template"]
    assert imported["statements"] == len(files(ROOT / "include" / "sql", "**/*.sql"))


def test_the_zip_holds_every_file_once_and_no_bytecode(built: Path) -> None:
    with zipfile.ZipFile(built / "plugins.zip") as archive:
        names = archive.namelist()
    folders = [(ROOT / "plugins", ""), (ROOT / "include", "include/")]
    sources = {
        f"{inside}{path.relative_to(folder).as_posix()}"
        for folder, inside in folders
        for path in files(folder, "**/*")
        if "__pycache__" not in path.parts
    }
    assert sorted(names) == sorted(sources)
    assert {".airflowignore", "sparkify/insights/static/style.css"} <= sources
    assert not [name for name in names if "pyc" in name or name.startswith(("/", "plugins/"))]


def test_the_same_files_make_the_same_zip(built: Path, tmp_path: Path) -> None:
    build(tmp_path / "again", airflow="3.3.2", python="3.12")
    again = (tmp_path / "again" / "plugins.zip").read_bytes()
    assert again == (built / "plugins.zip").read_bytes()


def test_the_requirements_are_held_to_airflows_constraints_and_leave_mwaa_its_own(
    built: Path,
) -> None:
    first, *packages = (built / "requirements.txt").read_text().splitlines()
    assert first.endswith('/constraints-3.3.2/constraints-3.12.txt"')
    assert "apache-airflow-providers-amazon" in packages
    assert "redshift-connector" in packages
    assert not OF_MWAA & set(packages)
    assert not [package for package in packages if "==" in package]
