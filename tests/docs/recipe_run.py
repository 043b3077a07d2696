"""Runs sparkify_etl from the copy of the project that is on PYTHONPATH.

`python -m tests.docs.recipe_run` reads JSON: the endpoint, the bucket, the window, and the files of
tests/quality/breaks to run afterwards. Its last line of output is JSON: each task's result, and the
status of each check before and after.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import Any

import psycopg
from airflow.sdk.exceptions import AirflowFailException

from sparkify import model
from tests.support.files import files
from tests.support.runs import ROOT, create_tables, etl_dag, query, run_dag


def main() -> None:
    wanted = json.load(sys.stdin)
    connection = psycopg.connect(wanted["conninfo"], autocommit=True)
    create_tables(connection)
    answers = run_dag(etl_dag(), wanted["window"], bucket=wanted["bucket"])
    report: dict[str, Any] = {
        "project": str(ROOT),
        "answers": answers,
        "checks": statuses(connection),
        "tables": [table.name for table in model.TABLES],
    }
    for case in wanted["breaks"]:
        (path,) = files(ROOT / "tests" / "quality" / "breaks", f"{case}.sql")
        query(connection, "delete from quality_results")
        query(connection, path.read_text())
        with suppress(AirflowFailException):
            run_dag(etl_dag(), wanted["window"], bucket=wanted["bucket"], only=["check_quality"])
        report["checks_once_broken"] = statuses(connection)
    print(json.dumps(report))  # noqa: T201 - the caller reads it


def statuses(connection: Any) -> dict[str, str]:
    """The latest status of each check."""
    return dict(query(connection, "select check_name, status from quality_results"))


if __name__ == "__main__":
    main()
