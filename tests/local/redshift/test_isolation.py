"""c_serial_isolation: which transactions conflict under each level, and with which errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import redshift_connector

from tests.conftest import Endpoint, data_folder, run_endpoint

CONFLICT = "could not complete because of conflict with concurrent transaction"
VIOLATION = "Serializable isolation violation on a table in Redshift"
LEVEL = "select trim(db_name), trim(isolation_level) from stv_db_isolation_level"


@pytest.fixture(scope="module")
def serializable(s3_endpoint: str) -> Iterator[Endpoint]:
    with run_endpoint(
        s3_endpoint, data_folder() / "data", isolation="serializable", system_view_lag=0.3
    ) as running:
        yield running


@pytest.fixture(scope="module")
def snapshot(s3_endpoint: str) -> Iterator[Endpoint]:
    with run_endpoint(s3_endpoint, data_folder() / "data") as running:
        yield running


class Pair:
    """Two sessions of one driver, and two tables."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.first: Any = psycopg.connect(endpoint.conninfo)
        self.second: Any = redshift_connector.connect(
            host=endpoint.host, port=endpoint.port, user=endpoint.user, password="",
            database=endpoint.dbname, ssl=False,
        )  # fmt: skip
        self.first.execute("drop table if exists one, two")
        self.first.execute("create table one (a int primary key)")
        self.first.execute("create table two (a int primary key)")
        self.first.execute("insert into one values (1), (2)")
        self.first.execute("insert into two select a from one")
        self.first.commit()

    def run(self, session: Any, sql: str) -> None:
        session.cursor().execute(sql)

    def commit(self) -> None:
        self.first.commit()
        self.second.commit()

    def cross(self) -> None:
        """Each reads one table and inserts into the other one, as in the manual's example."""
        self.run(self.first, "select * from one")
        self.run(self.first, "insert into two values (3)")
        self.run(self.second, "insert into one values (3)")
        self.run(self.second, "select * from two")
        self.commit()


@pytest.fixture
def harsh(serializable: Endpoint) -> Iterator[Pair]:
    pair = Pair(serializable)
    yield pair
    pair.first.close()
    pair.second.close()


@pytest.fixture
def kind(snapshot: Endpoint) -> Iterator[Pair]:
    pair = Pair(snapshot)
    yield pair
    pair.first.close()
    pair.second.close()


def test_transactions_that_read_what_the_other_writes_are_error_1023(harsh: Pair) -> None:
    with pytest.raises((psycopg.Error, redshift_connector.ProgrammingError)) as failure:
        harsh.cross()
    assert "1023" in str(failure.value)
    assert VIOLATION in str(failure.value)
    assert "XX000" in (getattr(failure.value, "sqlstate", None), *str(failure.value).split("'"))


def test_such_transactions_do_not_conflict_under_snapshot_isolation(kind: Pair) -> None:
    kind.cross()
    assert kind.first.execute("select count(*) from one").fetchall() == [(3,)]


def test_a_read_of_one_row_is_a_read_of_the_table(harsh: Pair) -> None:
    """Even if an index finds the row: on Redshift a read concerns the table."""
    for session, mine, other in [(harsh.first, "one", "two"), (harsh.second, "two", "one")]:
        harsh.run(session, f"select * from {mine} where a = 1")
        harsh.run(session, f"insert into {other} values (50)")
    with pytest.raises((psycopg.Error, redshift_connector.ProgrammingError), match="1023"):
        harsh.commit()


def test_the_record_of_a_load_is_part_of_no_cycle(harsh: Pair, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b'{"a": 7}')
    harsh.run(harsh.first, "select count(*) from sys_load_history")
    harsh.run(harsh.second, "select * from one")
    harsh.run(harsh.first, f"copy one from 's3://{bucket}/a' iam_role default json 'auto'")
    harsh.run(harsh.second, "select count(*) from sys_load_detail")
    harsh.commit()


def test_a_lock_taken_first_prevents_the_violation(harsh: Pair) -> None:
    harsh.run(harsh.first, "lock one, two")
    harsh.run(harsh.first, "select * from one")
    harsh.run(harsh.first, "insert into two values (3)")
    harsh.first.commit()
    harsh.run(harsh.second, "lock one, two")
    harsh.run(harsh.second, "insert into one values (3)")
    harsh.run(harsh.second, "select * from two")
    harsh.second.commit()


@pytest.mark.parametrize("change", ["update one set a = 9 where a = 1", "delete from one"])
@pytest.mark.parametrize("driver", ["psycopg", "redshift_connector"])
def test_overwriting_a_concurrent_write_is_a_conflict(kind: Pair, change: str, driver: str) -> None:
    ours, theirs = kind.first, kind.second
    if driver == "redshift_connector":
        ours, theirs = theirs, ours
    kind.run(ours, "select count(*) from one")
    kind.run(theirs, change)
    theirs.commit()
    with pytest.raises((psycopg.Error, redshift_connector.ProgrammingError), match=CONFLICT):
        kind.run(ours, "update one set a = 10 where a = 1")


@pytest.mark.parametrize(
    "begin",
    [
        "begin isolation level serializable",
        "begin transaction isolation level read uncommitted read write",
        "start transaction isolation level read committed",
        "begin; set transaction isolation level repeatable read",
        "set session characteristics as transaction isolation level read committed; begin",
        "set default_transaction_isolation to 'read committed'; begin",
    ],
)
@pytest.mark.parametrize(
    ("pair", "level"), [("harsh", "serializable"), ("kind", "repeatable read")]
)
def test_the_level_is_the_databases_whatever_a_transaction_says(
    pair: str, level: str, begin: str, request: pytest.FixtureRequest
) -> None:
    endpoint = request.getfixturevalue(pair).endpoint
    with psycopg.connect(endpoint.conninfo, autocommit=True) as session:
        session.execute(begin)
        assert session.execute("show transaction_isolation").fetchall() == [(level,)]
        session.execute("select 1")
        session.execute("commit")


def test_psycopgs_isolation_levels_are_taken(kind: Pair) -> None:
    with psycopg.connect(kind.endpoint.conninfo) as session:
        session.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        assert session.execute("show transaction_isolation").fetchall() == [("repeatable read",)]


def test_a_database_is_altered_for_new_sessions(kind: Pair) -> None:
    with psycopg.connect(kind.endpoint.conninfo, autocommit=True) as session:
        assert session.execute(LEVEL).fetchall() == [("dev", "Snapshot Isolation")]
        session.execute("ALTER DATABASE dev ISOLATION LEVEL SERIALIZABLE")
        try:
            assert session.execute(LEVEL).fetchall() == [("dev", "Serializable")]
            assert session.execute("show transaction_isolation").fetchall() == [
                ("repeatable read",)
            ]
            pair = Pair(kind.endpoint)
            with pytest.raises((psycopg.Error, redshift_connector.ProgrammingError), match="1023"):
                pair.cross()
            pair.first.close()
            pair.second.close()
        finally:
            session.execute('alter database "dev" isolation level snapshot;')
        assert session.execute(LEVEL).fetchall() == [("dev", "Snapshot Isolation")]


def test_a_lock_stops_readers(kind: Pair) -> None:
    """r_LOCK: ACCESS EXCLUSIVE is the only mode."""
    kind.run(kind.first, "lock one")
    with psycopg.connect(kind.endpoint.conninfo) as reader:
        reader.execute("set statement_timeout to 300")
        with pytest.raises(psycopg.errors.QueryCanceled):
            reader.execute("select * from one")


def test_a_test_under_serializable_meets_system_views_that_lag(isolation: str, endpoint: Endpoint):
    """Together these are the harsh settings for tests of loads."""
    with psycopg.connect(endpoint.conninfo) as connection:
        ((lag,),) = connection.execute("show redshift.system_view_lag")
    assert (float(lag) > 0) == (isolation == "serializable")
