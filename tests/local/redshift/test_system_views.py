"""Rows of the system views appear with a delay, as on Redshift."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from local.postgres import EmbeddedPostgres
from tests.conftest import ROOT, Endpoint, data_folder, run_endpoint
from tests.local.redshift.conftest import Loader

VIEWS = ("sys_load_history", "sys_load_detail", "sys_load_error_detail")
LAG = 1.5


@pytest.fixture
def reader(endpoint: Endpoint, clean_database: None) -> Iterator[Any]:
    with psycopg.connect(endpoint.conninfo, autocommit=True) as connection:
        yield connection


@pytest.fixture
def loaded(loader: Loader) -> int:
    """The query id of a load that has a row in each view."""
    loader.load("a int", {"a": 1}, {"a": "x"}, options="maxerror 2")
    ((query_id,),) = loader.execute("select last_user_query_id()")
    return int(query_id)


def rows(connection: Any, query_id: int) -> list[int]:
    """The number of rows of this load in each view."""
    counts = [
        connection.execute(f"select count(*) from {view} where query_id = %s", [query_id])
        for view in VIEWS
    ]
    return [cursor.fetchone()[0] for cursor in counts]


def test_without_a_lag_a_load_is_visible_at_once(reader: Any, loaded: int) -> None:
    assert rows(reader, loaded) == [1, 1, 1]


def test_a_session_sets_its_own_lag(reader: Any, loader: Loader) -> None:
    reader.execute(f"set redshift.system_view_lag to '{LAG}'")
    loader.load("a int", {"a": 1}, {"a": "x"}, options="maxerror 2")
    written = time.monotonic()
    ((query_id,),) = loader.execute("select last_user_query_id()")
    assert rows(reader, query_id) == [0, 0, 0]
    while rows(reader, query_id) != [1, 1, 1]:
        assert time.monotonic() < written + LAG + 5
        time.sleep(0.05)
    assert time.monotonic() > written + LAG - 0.5
    reader.execute("set redshift.system_view_lag to '60'")
    assert rows(reader, query_id) == [0, 0, 0]


def test_the_lag_of_the_database_is_that_of_new_sessions(
    endpoint: Endpoint, reader: Any, loaded: int
) -> None:
    reader.execute("alter database dev set redshift.system_view_lag to '60'")
    try:
        with psycopg.connect(endpoint.conninfo) as later:
            assert rows(later, loaded) == [0, 0, 0]
    finally:
        reader.execute("alter database dev set redshift.system_view_lag to '0'")


def test_a_client_cannot_read_past_the_lag(reader: Any) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("select * from redshift_private.load_history")


def test_an_earlier_versions_data_is_taken_over_and_the_option_sets_the_lag(
    s3_endpoint: str, s3: Any, bucket: str
) -> None:
    data_dir = data_folder() / "data"
    postgres = EmbeddedPostgres(data_dir)
    postgres.start()
    with psycopg.connect(**postgres.address, dbname="postgres", autocommit=True) as connection:
        connection.execute("create database dev")
    with psycopg.connect(**postgres.address, dbname="dev", autocommit=True) as connection:
        connection.execute("create schema redshift_catalog")
        connection.execute("create sequence redshift_catalog.query_id")
        for view in VIEWS:
            connection.execute(f"create table redshift_catalog.{view} (query_id bigint)")
        connection.execute("create view mine as select * from redshift_catalog.sys_load_history")
        connection.execute("create table kept as select 1 as a")
        connection.execute("grant select on kept to public")
    postgres.stop()
    s3.put_object(Bucket=bucket, Key="a", Body=b'{"a": 1}\n{"a": "x"}')
    for lag, shown in ((60.0, 0), (0.0, 1)):  # the second start finds the views of the first
        with (
            run_endpoint(s3_endpoint, data_dir, system_view_lag=lag) as started,
            psycopg.connect(started.conninfo, autocommit=True) as client,
        ):
            assert client.execute("select a from kept").fetchall() == [(1,)]
            client.execute("create temp table t (a int)")
            client.execute(f"copy t from 's3://{bucket}/a' iam_role default json 'auto' maxerror 2")
            ((query_id,),) = client.execute("select last_user_query_id()").fetchall()
            assert rows(client, query_id) == [shown] * 3


@pytest.mark.parametrize("lag", ["-1", "nan", "inf", "soon"])
def test_an_invalid_lag_is_refused(lag: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local.redshift", "--data-dir", str(tmp_path / "data")]
    ended = subprocess.run(
        [*command, "--port", "0", f"--system-view-lag={lag}"],
        cwd=ROOT, capture_output=True, text=True, timeout=10,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "--system-view-lag: invalid" in ended.stderr


def test_stv_recents_shows_what_runs(reader: Any) -> None:
    ((status, name),) = reader.execute(
        "select trim(status), trim(db_name) from stv_recents where pid = pg_backend_pid()"
    ).fetchall()
    assert (status, name) == ("Running", "dev")


@pytest.mark.parametrize("view", ["stl_query", "svl_qlog", "sys_query_detail", "svv_diskusage"])
def test_a_system_view_that_is_not_emulated_is_named(reader: Any, view: str) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable, match=view) as failed:
        reader.execute(f"select * from {view}")
    assert failed.value.diag.message_hint == "The local endpoint does not emulate this system view."
