"""SYS_QUERY_HISTORY shows the statements of all sessions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from local.redshift.history.query_history import query_type
from tests.conftest import Endpoint
from tests.local.redshift.conftest import Loader


@pytest.fixture
def reader(endpoint: Endpoint, clean_database: None) -> Iterator[Any]:
    with psycopg.connect(endpoint.conninfo, autocommit=True) as connection:
        connection.execute("set redshift.system_view_lag to '0'")
        yield connection


def history(reader: Any, session_id: int, columns: str) -> list[tuple[Any, ...]]:
    query = f"select {columns} from sys_query_history where session_id = %s order by query_id"
    rows: list[tuple[Any, ...]] = reader.execute(query, [session_id]).fetchall()
    return rows


@pytest.fixture
def writer(endpoint: Endpoint) -> Iterator[Any]:
    with psycopg.connect(endpoint.conninfo, autocommit=True, prepare_threshold=None) as connection:
        yield connection


def test_each_statement_has_a_row_with_its_type_text_and_rows(reader: Any, writer: Any) -> None:
    writer.execute("create table t (a int)")
    writer.execute("insert into t values (%s), (%s)", [1, 2])
    writer.execute("select * from t")
    columns = "trim(query_type), trim(status), returned_rows, trim(query_text), trim(database_name)"
    assert history(reader, writer.info.backend_pid, columns) == [
        ("DDL", "success", 0, "create table t (a int)", "dev"),
        ("INSERT", "success", 0, "insert into t values ($1), ($2)", "dev"),
        ("SELECT", "success", 2, "select * from t", "dev"),
    ]


def test_times_are_microseconds_between_start_and_end(reader: Any, writer: Any) -> None:
    writer.execute("select pg_sleep(0.05)")
    columns = (
        "elapsed_time, datediff(us, start_time, end_time), start_time <= end_time,"
        " execution_time, queue_time, returned_bytes > 0"
    )
    ((elapsed, between, begun, execution, queue, sent),) = history(
        reader, writer.info.backend_pid, columns
    )
    assert 50_000 <= elapsed < 60_000_000
    assert (between, execution, queue) == (elapsed, elapsed, 0)
    assert (begun, sent) == (True, True)


def test_a_failed_statement_has_its_error_and_the_statements_after_it_have_no_row(
    reader: Any, endpoint: Endpoint
) -> None:
    with psycopg.connect(endpoint.conninfo, autocommit=True) as connection:
        for sql in ("selct 1", "select distinct on (1) 1"):
            with pytest.raises(psycopg.Error):
                connection.execute(sql)
        connection.pgconn.exec_(b"select 1")
        with pytest.raises(psycopg.errors.DivisionByZero):
            psycopg.ClientCursor(connection).execute("select 2; select 1/0; select 3")
        pid = connection.info.backend_pid
    assert history(reader, pid, "trim(status), trim(query_text), trim(error_message)") == [
        ("failed", "selct 1", 'syntax error at or near "selct"'),
        ("failed", "select distinct on (1) 1", "SELECT DISTINCT ON is not supported"),
        ("success", "select 1", None),
        ("success", "select 2", None),
        ("failed", "select 1/0", "division by zero"),
    ]


def test_a_copy_has_the_id_of_the_load_views_and_its_rows_survive_a_rollback(
    loader: Loader, reader: Any
) -> None:
    loader.load("a int", {"a": 1})
    ((query_id,),) = loader.execute("select last_user_query_id()")
    ((pid,),) = loader.execute("select pg_backend_pid()")
    loader.connection.rollback()
    rows = reader.execute(
        "select trim(q.query_type), trim(q.status), l.loaded_rows from sys_query_history q"
        " inner join sys_load_history l using (query_id) where query_id = %s",
        [query_id],
    ).fetchall()
    assert rows == [("COPY", "success", 1)]
    assert ("UTILITY", "rollback") in history(reader, pid, "trim(query_type), trim(query_text)")


def test_a_copy_works_after_postgresql_has_ended_the_records_own_connection(
    loader: Loader, endpoint: Endpoint
) -> None:
    loader.load("a int", {"a": 1})
    pid_file = endpoint.record.with_name("data") / "postmaster.pid"
    socket_folder = pid_file.read_text().splitlines()[4]
    with psycopg.connect(host=socket_folder, user="postgres", dbname="dev") as admin:
        ended = admin.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
            " where usename = 'postgres' and backend_type = 'client backend'"
            " and pid <> pg_backend_pid()"
        ).fetchall()
    assert ended
    assert set(ended) == {(True,)}
    loader.copy()
    assert loader.execute("select count(*) from t") == [(2,)]


def test_a_running_statement_is_shown_and_then_as_canceled(reader: Any, endpoint: Endpoint) -> None:
    with psycopg.connect(endpoint.conninfo, autocommit=True) as connection:
        pid = connection.info.backend_pid
        failed = threading.Thread(target=lambda: _sleep(connection))
        failed.start()
        while history(reader, pid, "trim(status), end_time") != [("running", None)]:
            assert failed.is_alive()
        connection.cancel()
        failed.join()
    assert history(reader, pid, "trim(status), trim(query_text)") == [
        ("canceled", "select pg_sleep(30)")
    ]


def _sleep(connection: Any) -> None:
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute("select pg_sleep(30)")


def test_a_statement_that_is_only_prepared_has_no_row(reader: Any, writer: Any) -> None:
    writer.pgconn.prepare(b"named", b"select $1::int")
    writer.execute("select 1", prepare=False)
    writer.pgconn.exec_prepared(b"named", [b"7"])
    assert history(reader, writer.info.backend_pid, "trim(query_text), returned_rows") == [
        ("select 1", 1),
        ("select $1::int", 1),
    ]


def test_rows_are_as_late_as_those_of_other_system_views(reader: Any, writer: Any) -> None:
    reader.execute("set redshift.system_view_lag to '60'")
    writer.execute("select 1")
    assert history(reader, writer.info.backend_pid, "query_id") == []
    reader.execute("set redshift.system_view_lag to '0'")
    assert len(history(reader, writer.info.backend_pid, "query_id")) == 1


def test_an_ordinary_user_sees_only_their_own_statements(
    reader: Any, writer: Any, endpoint: Endpoint
) -> None:
    writer.execute("select 'of awsuser'")
    writer.execute("create user analyst password 'Secret12'")
    try:
        conninfo = endpoint.conninfo.replace(endpoint.user, "analyst")
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("set redshift.system_view_lag to '0'")
            connection.execute("select 'of analyst'")
            read = "select trim(query_text) from sys_query_history where query_type = 'SELECT'"
            texts = {text for (text,) in connection.execute(read)}
            assert texts == {"select 'of analyst'", read}
            pid = connection.info.backend_pid
        assert ("select 'of analyst'",) in history(reader, pid, "trim(query_text)")
    finally:
        writer.execute("drop user analyst")


def test_credentials_of_a_copy_are_not_kept(reader: Any, writer: Any) -> None:
    with pytest.raises(psycopg.Error):
        writer.execute("copy t from 's3://b/k' access_key_id 'AKIA' secret_access_key 'hidden'")
    ((text,),) = history(reader, writer.info.backend_pid, "query_text")
    assert "hidden" not in text
    assert "secret_access_key '***'" in text


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("  -- why\n (with a as (select 1) select * from a)", "SELECT"),
        ("create table t as select 1", "CTAS"),
        ("select 1 as a into #t from u", "CTAS"),
        ("create table t (a int)", "DDL"),
        ("delete t", "DELETE"),
        ("begin", "UTILITY"),
        ("vacuum t", "UTILITY"),
    ],
)
def test_the_type_of_a_statement_is_derived_from_its_keywords(sql: str, kind: str) -> None:
    assert query_type(sql) == kind
