"""A session on the warehouse, with either driver."""

from __future__ import annotations

import time

import pytest

from sparkify.warehouse.session import Warehouse
from tests.support.runs import query


def test_statements_of_a_transaction_are_done_all_or_none(warehouse, conn_type):
    with Warehouse.connect("redshift_default") as connection:
        with pytest.raises(RuntimeError, match="half-way"):
            _insert_half(connection)
        assert query(warehouse, "select count(*) from songs") == [(0,)]
        with connection.transaction():
            connection.execute("insert into songs (song_id) values ('S1')")
            assert query(warehouse, "select count(*) from songs") == [(0,)]
        assert query(warehouse, "select count(*) from songs") == [(1,)]


def _insert_half(connection):
    with connection.transaction():
        connection.execute("insert into songs (song_id) values ('S1')")
        raise RuntimeError("half-way")


def test_outside_a_transaction_each_statement_is_its_own(warehouse, conn_type):
    with Warehouse.connect("redshift_default") as connection:
        connection.execute("insert into songs (song_id) values ('S1')")
        assert query(warehouse, "select count(*) from songs") == [(1,)]


def test_values_are_bound_and_never_part_of_the_text(warehouse, conn_type):
    hostile = "'); drop table songs; --"
    with Warehouse.connect("redshift_default") as connection:
        connection.execute("insert into songs (song_id) values (%(id)s)", {"id": hostile})
        assert connection.query("select song_id from songs") == [(hostile,)]


def test_many_rows_take_several_statements(warehouse, conn_type):
    rows = [{"song_id": f"S{number}", "year": number % 100} for number in range(1201)]
    with Warehouse.connect("redshift_default") as connection:
        connection.insert("songs", rows)
        counted = connection.query("select count(*), sum(year) from songs")
    assert counted == [(1201, sum(row["year"] for row in rows))]


def test_the_columns_of_a_select_are_determined_without_running_it(warehouse, conn_type):
    with Warehouse.connect("redshift_default") as connection:
        select = "select 1 / (year - year) as never, song_id as id from songs;"
        assert connection.columns(select, {}) == ["never", "id"]


def test_the_connection_is_closed_whatever_happens(warehouse, conn_type):
    sessions = "select count(*) from pg_stat_activity where usename = 'awsuser'"
    before = query(warehouse, sessions)
    with pytest.raises(RuntimeError), Warehouse.connect("redshift_default"):
        raise RuntimeError
    deadline = time.monotonic() + 5  # a session ends shortly after its client
    while query(warehouse, sessions) != before:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_statement_that_is_sent_often_is_never_prepared(warehouse, conn_type):
    """psycopg would prepare it at its sixth use, and later send DEALLOCATE ALL."""
    with Warehouse.connect("redshift_default") as connection:
        for number in range(8):
            assert connection.query("select %(a)s + 0", {"a": number}) == [(number,)]
        prepared = "select count(*) from pg_catalog.pg_prepared_statements where name like '_pg3%%'"
        assert connection.query(prepared) == [(0,)]
