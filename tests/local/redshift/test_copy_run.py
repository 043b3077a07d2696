"""COPY is part of the client's transaction, and is recorded in the system views."""

from __future__ import annotations

import json
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from redshift_connector import ProgrammingError

from tests.conftest import Endpoint
from tests.local.redshift.conftest import Loader


def test_a_load_that_fails_leaves_nothing_and_aborts_the_transaction(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    loader.connection.commit()
    loader.execute("insert into t values (0)")
    loader.put(*[{"a": n} for n in range(5000)], "nonsense")
    with pytest.raises(ProgrammingError, match="Load into table 't' failed"):
        loader.copy()
    with pytest.raises(ProgrammingError, match="current transaction is aborted"):
        loader.execute("select 1")
    loader.connection.rollback()
    assert loader.execute("select count(*) from t") == [(0,)]


def test_a_load_is_rolled_back_with_its_transaction(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    loader.connection.commit()
    loader.put({"a": 1})
    loader.copy()
    assert loader.execute("select a from t") == [(1,)]
    assert loader.elsewhere("select a from t") == []
    loader.connection.rollback()
    assert loader.execute("select a from t") == []


def test_a_load_into_a_temporary_table_stays_in_its_session(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    loader.execute("create temp table stage (like t)")
    loader.put({"a": 1})
    loader.copy(into="stage")
    loader.execute("insert into t select a from stage")
    loader.connection.commit()
    assert loader.elsewhere("select a from t") == [(1,)]
    with pytest.raises(psycopg.errors.UndefinedTable):
        loader.elsewhere("select a from stage")


def test_the_history_shows_what_was_read_and_loaded(loader: Loader) -> None:
    loader.put({"a": 1}, {"a": 2}, key="data/1")
    loader.put({"a": 3}, key="data/2")
    loader.execute("create table t (a int)")
    loader.copy()
    assert loader.execute("select pg_last_copy_count()") == [(3,)]
    ((query_id,),) = loader.execute("select last_user_query_id()")
    assert loader.elsewhere(
        "select trim(status), table_name, data_source, loaded_rows, source_file_count,"
        f" loaded_bytes, error_count from sys_load_history where query_id = {query_id}"
    ) == [("completed", "t", f"s3://{loader.bucket}/data/", 3, 2, 25, 0)]
    assert loader.elsewhere(
        "select trim(file_name), bytes_scanned, lines_scanned from sys_load_detail"
        f" where query_id = {query_id} order by 1"
    ) == [(f"s3://{loader.bucket}/data/1", 17, 2), (f"s3://{loader.bucket}/data/2", 8, 1)]


def test_the_id_of_stl_views_finds_nothing_in_sys_views(loader: Loader) -> None:
    """PG_LAST_COPY_ID is documented for STL views; SYS views have query ids of their own."""
    assert loader.execute("select pg_last_copy_id(), last_user_query_id()") == [(-1, -1)]
    ids = []
    for _ in range(2):
        loader.execute("drop table if exists t")
        loader.load("a int", {"a": 1}, {"a": "x"}, options="maxerror 9")
        ids += loader.execute("select pg_last_copy_id(), last_user_query_id()")
    (stl, sys), (next_stl, next_sys) = ids
    assert 0 < stl < next_stl < 1_000_000_000 <= sys < next_sys
    for view in ("sys_load_history", "sys_load_detail", "sys_load_error_detail"):
        query = f"select query_id from {view} where query_id in ({stl}, {sys}, {next_sys})"
        assert loader.elsewhere(f"{query} order by 1") == [(sys,), (next_sys,)]


@pytest.mark.parametrize(
    ("table", "errors"), [("t", 1), ("not_there", 0)], ids=["bad data", "no such table"]
)
def test_a_failed_load_is_in_the_history_too(loader: Loader, table: str, errors: int) -> None:
    loader.execute("create table t (a int)")
    loader.connection.commit()
    ((session, before),) = loader.execute("select pg_backend_pid(), getdate()")
    ((began,),) = loader.execute("select sysdate")
    loader.put({"a": "x"})
    with pytest.raises(ProgrammingError):
        loader.copy(into=table)
    ((*outcome, start_time),) = loader.elsewhere(
        "select trim(status), session_id, loaded_rows, error_count, start_time"
        f" from sys_load_history where data_source like 's3://{loader.bucket}/%'"
    )
    assert outcome == ["aborted", session, 0, errors]
    loader.connection.rollback()
    ((after,),) = loader.execute("select sysdate")
    assert before <= began <= start_time <= after


def test_a_record_above_4_mb_fails_the_load_whatever_maxerror_says(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    loader.connection.commit()
    address = loader.put({"a": 1}, {"a": 2, "x": "y" * (4 << 20)}, {"a": 3})
    with pytest.raises(ProgrammingError) as failed:
        loader.copy("maxerror 100")
    error = failed.value.args[0]
    assert error["C"] == "XX000"
    assert error["M"] == (
        f"Load into table 't' failed: {address} line 2: the record is longer than 4194304 bytes,"
        " the limit for one record."
        " Check 'sys_load_error_detail' system table for details."
    )
    loader.connection.rollback()
    assert loader.execute("select count(*) from t") == [(0,)]
    assert loader.elsewhere(
        "select line_number, error_code, trim(error_message) from sys_load_error_detail"
        f" where file_name = '{address}'"
    ) == [(2, 1216, "Invalid JSON: the record is longer than 4194304 bytes")]
    assert loader.elsewhere(
        "select status, error_count from sys_load_history"
        f" where data_source like 's3://{loader.bucket}/%'"
    ) == [("aborted", 1)]


def test_many_records_without_line_breaks_are_a_row_each(loader: Loader) -> None:
    """A line of more than 4 MB, since the limit is on a record: several blocks are read of it."""
    records = [json.dumps({"a": n, "x": "y" * 300}) for n in range(15_000)]
    rows = loader.load("a int", "".join(records))
    assert sorted(rows) == [(n,) for n in range(15_000)]


def test_an_error_names_file_line_column_type_value_and_reason(loader: Loader) -> None:
    loader.execute("create table t (a varchar(3), b int)")
    address = loader.put({"b": 1}, {"b": "12x4"}, key="data/day.json")
    loader.put({"a": "abcd"}, key="data/next.json")
    loader.copy("maxerror 5")
    assert loader.elsewhere(
        "select trim(file_name), line_number, trim(column_name), trim(column_type),"
        " trim(column_length), position, error_code, trim(error_message)"
        " from sys_load_error_detail where file_name like "
        f"'s3://{loader.bucket}/%' order by file_name"
    ) == [
        (address, 2, "b", "int4", "", 2, 1207, "Invalid digit, Value 'x', Pos 2, Type: Integer"),
        (address.replace("day", "next"), 1, "a", "varchar", "3", 0, 1204,
         "String length exceeds DDL length"),
    ]  # fmt: skip


def test_the_line_of_a_record_of_several_lines_is_its_last(loader: Loader) -> None:
    text = '{"a": 1}\n{\n"a": "x"\n}\n{"a": 2}\n{"a":\n"y"}'
    assert loader.load("a int", text, options="maxerror 9") == [(1,), (2,)]
    assert loader.errors() == [(4, "a", 1207), (7, "a", 1207)]


def test_texts_with_line_breaks_do_not_shift_the_lines_of_errors(loader: Loader) -> None:
    rows = loader.load(
        "a varchar, b int", {"a": "1\n2\r\n3"}, {"b": 1}, {"a": "\n", "b": "x"}, {"b": "y"},
        options="maxerror 9",
    )  # fmt: skip
    assert len(rows) == 2
    assert loader.errors() == [(3, "b", 1207), (4, "b", 1207)]


def test_many_clients_load_at_once(loader: Loader, endpoint: Endpoint) -> None:
    loader.execute("create table t (client int, a int)")
    loader.connection.commit()

    def one(client: int) -> None:
        source = loader.put(*[{"client": client, "a": n} for n in range(200)], key=f"m/{client}/")
        with psycopg.connect(endpoint.conninfo) as connection:
            connection.execute(f"copy t from '{source}' iam_role default json 'auto'")

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(one, range(20)))
    assert loader.execute("select count(*), count(distinct client), count(distinct a) from t") == [
        (4000, 20, 200)
    ]


def test_a_client_that_is_killed_while_it_loads_leaves_no_row_and_no_lock(
    loader: Loader, endpoint: Endpoint
) -> None:
    loader.execute("create table t (a int)")
    loader.connection.commit()
    lock = psycopg.connect(endpoint.conninfo)
    lock.execute("lock table t")
    source = loader.put(*[{"a": n} for n in range(1000)])
    victim = psycopg.connect(endpoint.conninfo, autocommit=True)
    backend = victim.info.backend_pid
    victim.pgconn.send_query(f"copy t from '{source}' iam_role default json 'auto'".encode())
    wait_for(
        endpoint,
        f"select 1 from pg_stat_activity where pid = {backend} and wait_event_type = 'Lock'",
    )
    with socket.socket(fileno=victim.pgconn.socket) as raw:
        # Close with a reset, as a killed process does.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    lock.rollback()
    wait_for(
        endpoint,
        f"select 1 where not exists (select 1 from pg_stat_activity where pid = {backend})",
    )
    lock.execute("set lock_timeout = '2s'")
    lock.execute("lock table t")
    assert lock.execute("select count(*) from t").fetchone() == (0,)
    lock.close()


def test_a_load_can_be_cancelled(loader: Loader, endpoint: Endpoint) -> None:
    loader.execute("create table t (a int)")
    loader.connection.commit()
    loader.execute("lock table t")
    source = loader.put({"a": 1})
    with psycopg.connect(endpoint.conninfo) as other, ThreadPoolExecutor(1) as pool:
        loading = pool.submit(other.execute, f"copy t from '{source}' iam_role default json 'auto'")
        pid = other.info.backend_pid
        wait_for(
            endpoint,
            f"select 1 from pg_stat_activity where pid = {pid} and wait_event_type = 'Lock'",
        )
        other.cancel_safe()
        with pytest.raises(psycopg.errors.QueryCanceled):
            loading.result(10)
        other.rollback()
        assert other.execute("select 1").fetchone() == (1,)


def wait_for(endpoint: Endpoint, sql: str) -> None:
    with psycopg.connect(endpoint.conninfo, autocommit=True) as watching:
        for _ in range(1000):
            if watching.execute(sql).fetchone():
                return
            time.sleep(0.01)
    pytest.fail(f"never came true: {sql}")


def test_stl_load_errors_shows_the_record_and_the_value_under_the_stl_id(loader: Loader) -> None:
    loader.execute("create table t (a int, b varchar(3), c date)")
    loader.put_raw("x|b|2021-01-01\n1|étoile|2021-01-01\n1|b|never\n1|b|2021-01-01".encode(), "d/1")
    loader.execute(f"copy t from 's3://{loader.bucket}/d/' iam_role default maxerror 9")
    loader.connection.commit()
    assert loader.execute(
        "select line_number, trim(colname), trim(raw_field_value), trim(raw_line), err_code,"
        " trim(col_length) from stl_load_errors where query = pg_last_copy_id() order by 1"
    ) == [
        (1, "a", "x", "x|b|2021-01-01", 1207, ""),
        (2, "b", ".toile", "1|.toile|2021-01-01", 1204, "3"),
        (3, "c", "never", None, 1205, ""),
    ]


def test_the_record_of_a_bad_json_object_is_shown(loader: Loader) -> None:
    loader.load("a int", {"a": "x"}, '{"a": ', {"a": 1}, options="maxerror 9")
    loader.connection.commit()
    assert loader.execute(
        "select trim(raw_field_value), trim(raw_line) from stl_load_errors"
        " where query = pg_last_copy_id() order by line_number"
    ) == [("x", '{"a": "x"}'), (None, '{"a":')]
