"""The DAG sparkify_forget_user as Airflow runs it: its form, its logs, what Airflow keeps."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import ParamValidationError

from tests.conftest import OwnAirflow
from tests.support.person import USER_ID
from tests.support.runs import ROOT, query


@pytest.fixture(scope="module")
def params() -> Any:
    return (
        DagBag(str(ROOT / "dags" / "sparkify_forget_user.py")).dags["sparkify_forget_user"].params
    )


@pytest.mark.parametrize("name", ["user_id", "confirm"])
@pytest.mark.parametrize("value", ["", None, 7, "x" * 65])
def test_the_form_needs_two_ids(params, name, value):
    with pytest.raises(ParamValidationError):
        params.get_param(name).resolve(value)
    with pytest.raises(ParamValidationError):
        params.get_param(name).resolve()


def test_a_run_forgets_the_user_and_only_its_conf_and_the_audit_log_have_the_id(
    own_airflow: OwnAirflow, warehouse: Any, tmp_path: Path
):
    query(warehouse, f"insert into users (user_id, first_name) values ('{USER_ID}', 'Zephyrine')")
    conf = {"user_id": USER_ID, "confirm": USER_ID}
    ended = own_airflow("dags", "test", "sparkify_forget_user", "--conf", json.dumps(conf))
    assert ended.returncode == 0, ended.stderr[-2000:]
    ((user_id, first_name),) = query(warehouse, "select user_id, first_name from users")
    assert (user_id[:10], first_name) == ("forgotten-", None)
    log = ended.stdout + ended.stderr
    assert "users: 1 rows changed" in log
    assert USER_ID not in log
    database = tmp_path / "home" / "airflow.db"
    assert tables_of_airflow_with_id(database) == {"dag_run", "log"}
    cleaned = own_airflow("db", "clean", "--tables", "log", "--clean-before-timestamp",
                          "2100-01-01", "--skip-archive", "--yes")  # fmt: skip
    assert cleaned.returncode == 0, cleaned.stderr[-2000:]
    assert tables_of_airflow_with_id(database) == {"dag_run"}


def tables_of_airflow_with_id(database: Path) -> set[str]:
    """The tables of Airflow's own database that have the user's id."""
    with sqlite3.connect(database) as connection:
        names = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        contents = {name: connection.execute(f"select * from {name}") for (name,) in names}
        return {name for name, rows in contents.items() if USER_ID.encode() in _bytes(rows)}


def _bytes(rows: Iterable[tuple[Any, ...]]) -> bytes:
    cells = (cell for row in rows for cell in row)
    return b"\0".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells)
