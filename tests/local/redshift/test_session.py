"""The relay: statements of all drivers' kinds, and errors in the middle of them."""

from __future__ import annotations

import socket
import struct
from typing import Any

import psycopg
import pytest
import redshift_connector
from psycopg import sql

from local.redshift.wire import protocol
from tests.conftest import Endpoint
from tests.local.redshift.conftest import Loader


@pytest.fixture
def connection(endpoint: Endpoint, clean_database: None) -> Any:
    with psycopg.connect(endpoint.conninfo) as connection:
        yield connection
        connection.close()  # a rollback would send DEALLOCATE ALL


@pytest.fixture
def copy_two(s3: Any, bucket: str) -> str:
    """A COPY of two rows into `t`."""
    s3.put_object(Bucket=bucket, Key="a", Body=b'{"a": 1}\n{"a": 2}')
    return f"copy t from 's3://{bucket}/a' iam_role default json 'auto'"


def test_redshift_connector_binds_parameters(loader: Loader) -> None:
    cursor = loader.connection.cursor()
    cursor.execute("create table t (a bigint, b varchar(20))")
    cursor.execute("insert into t values (%s, %s), (%s, %s)", (1, "a 'b' é", 2**40, None))
    cursor.execute("select b from t where a = %s", (1,))
    assert list(cursor.fetchone()) == ["a 'b' é"]
    cursor.execute("select dateadd(day, %s, '2018-11-01'::timestamp)::varchar", (2,))
    assert list(cursor.fetchone()) == ["2018-11-03 00:00:00"]


def test_the_same_copy_twice_on_one_connection_loads_twice(loader: Loader, copy_two: str) -> None:
    loader.execute("create table t (a int)")
    for _ in range(3):  # the driver prepares it once, then only binds and executes
        loader.execute(copy_two)
    assert loader.execute("select count(*) from t") == [(6,)]


def test_redshift_connector_goes_on_after_an_error_and_a_rollback(
    loader: Loader, copy_two: str
) -> None:
    for _ in range(3):
        with pytest.raises(redshift_connector.ProgrammingError, match="nonexistent table t"):
            loader.execute(copy_two)
        loader.connection.rollback()
    loader.execute("create table t (a int)")
    loader.execute(copy_two)
    loader.connection.commit()
    assert loader.elsewhere("select count(*) from t") == [(2,)]


def test_redshift_connector_commits_each_statement_with_autocommit(
    loader: Loader, copy_two: str
) -> None:
    loader.connection.autocommit = True
    loader.execute("create table t (a int)")
    loader.execute(copy_two)
    assert loader.elsewhere("select count(*) from t") == [(2,)]


def test_psycopg_prepares_a_copy_and_executes_it_again(
    connection: psycopg.Connection[Any], copy_two: str
) -> None:
    connection.execute("create table t (a int)")
    for _ in range(8):
        connection.execute(copy_two, prepare=True)
    assert connection.execute("select count(*) from t").fetchone() == (16,)


LOADED = ("INFO", "Load into table 't' completed, 2 record(s) loaded successfully.")
_REFUSED = (
    "Load into table 't' completed, 1 record(s) could not be loaded."
    "  Check 'stl_load_errors' system table for details."
)
REFUSED = ("WARNING", _REFUSED)


def test_psycopg_shows_the_notices_of_a_copy(
    connection: psycopg.Connection[Any], s3: Any, bucket: str, copy_two: str
) -> None:
    notices: list[tuple[str | None, str | None]] = []
    connection.add_notice_handler(lambda d: notices.append((d.severity, d.message_primary)))
    connection.execute("create table t (a int)")
    assert connection.execute(copy_two).statusmessage == "COPY"
    assert notices == [LOADED]
    notices.clear()
    s3.put_object(Bucket=bucket, Key="a", Body=b'{"a": 1}\n{"a": "x"}\n{"a": 2}')
    connection.execute(copy_two + " maxerror 2")
    assert notices == [REFUSED, LOADED]


def test_redshift_connector_shows_the_notices_of_a_copy(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    loader.put({"a": 1}, {"a": "x"}, {"a": 2})
    loader.copy("maxerror 2", into="public.T")
    notices = [(n[b"S"].decode(), n[b"M"].decode()) for n in loader.connection.notices]
    assert notices == [REFUSED, LOADED]


@pytest.mark.parametrize(
    ("table", "named"), [('"T ""x"".y"', 't "x".y'), ('public . "b.c"', "b.c"), ("public.T", "t")]
)
def test_a_copy_names_its_table_without_schema_and_quotes(
    loader: Loader, table: str, named: str
) -> None:
    loader.execute(f"create table {table} (a int)")
    loader.put({"a": "x"}, {"a": 1})
    loader.copy("maxerror 2", into=table)
    texts = [n[b"M"].decode() for n in loader.connection.notices]
    assert all(f"Load into table '{named}' completed" in text for text in texts)
    assert loader.elsewhere(
        f"select table_name from sys_load_history where data_source like '%{loader.bucket}%'"
    ) == [(named,)]
    with pytest.raises(redshift_connector.ProgrammingError) as failed:
        loader.copy(into=table)
    assert f"Load into table '{named}' failed" in failed.value.args[0]["M"]


def test_a_pipeline_runs_a_copy_in_its_place(
    connection: psycopg.Connection[Any], copy_two: str
) -> None:
    with connection.pipeline():
        connection.execute("create table t (a int)")
        connection.execute(copy_two)
        first = connection.execute("select count(*) from t")
        connection.execute("delete from t where a = %s", [1])
        connection.execute(copy_two)
        second = connection.execute("select count(*) from t")
        connection.commit()
    assert (first.fetchone(), second.fetchone()) == ((2,), (3,))


@pytest.mark.parametrize("failing", ["copy", "select 1/0", "select distinct on (1) 1", "no sql"])
def test_a_pipeline_that_fails_is_skipped_to_its_next_sync(
    connection: psycopg.Connection[Any], copy_two: str, failing: str
) -> None:
    connection.autocommit = True
    connection.prepare_threshold = None  # psycopg would take a skipped statement for prepared
    connection.execute("create table t (a int)")
    for _ in range(5):
        with pytest.raises(psycopg.Error), connection.pipeline() as pipeline:  # noqa: PT012
            connection.execute(copy_two.replace("/a'", "/none'") if failing == "copy" else failing)
            connection.execute(copy_two)
            connection.execute("insert into t values (9)")
            pipeline.sync()
        with connection.pipeline() as pipeline:
            connection.execute("insert into t values (1)")
            pipeline.sync()
            connection.execute(copy_two)
    assert connection.execute("select a, count(*) from t group by a order by a").fetchall() == [
        (1, 10),
        (2, 5),
    ]


class Raw:
    """A client that sends given messages and reads the kinds of answers."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.socket = socket.create_connection((endpoint.host, endpoint.port), timeout=10)
        self.file = self.socket.makefile("rb")
        parameters = {"user": endpoint.user, "database": endpoint.dbname}
        self.socket.sendall(protocol.startup(196608, protocol.encode_parameters(parameters)))
        self.answers(1)

    def send(self, *messages: protocol.Message) -> None:
        self.socket.sendall(b"".join(message.encode() for message in messages))

    def answers(self, ready: int) -> str:
        """The kinds of all messages up to `count` ReadyForQuery messages, without settings."""
        kinds = ""
        while ready:
            kind, length = struct.unpack("!ci", self.file.read(5))
            self.file.read(length - 4)
            ready -= kind == b"Z"
            kinds += kind.decode() if kind not in b"SKR" else ""
        return kinds


@pytest.fixture
def raw(endpoint: Endpoint, clean_database: None) -> Any:
    client = Raw(endpoint)
    yield client
    client.socket.close()


def query(text: str) -> protocol.Message:
    return protocol.Message(b"Q", protocol.cstring(text))


def prepared(text: str) -> list[protocol.Message]:
    return [protocol.parse(text), protocol.bind(), protocol.describe_portal(), protocol.execute()]


def test_pipelines_sent_before_any_answer_are_each_skipped_alone(raw: Raw, copy_two: str) -> None:
    raw.send(query("create table t (a int)"))
    assert raw.answers(1) == "CZ"
    for failing in ("select 1/0", "selec", "select array[1]", copy_two.replace("/a'", "/none'")):
        raw.send(
            *prepared(failing), *prepared("select 1"), protocol.SYNC,
            *prepared(copy_two), protocol.SYNC,
            *prepared("select a from t"), protocol.SYNC,
        )  # fmt: skip
        answers = raw.answers(3)
        assert answers.split("Z")[0].endswith("E"), failing
        assert answers.split("Z")[1:] == ["12nNC", answers.split("Z")[2], ""], failing
        assert answers.split("Z")[2].startswith("12TDD"), failing


def test_a_query_behind_a_failed_statement_is_dropped_until_sync(raw: Raw) -> None:
    raw.send(*prepared("select array[1]"), query("select 1"), protocol.SYNC, query("select 2"))
    assert raw.answers(2) == "EZTDCZ"
    raw.send(*prepared("selec"), query("select 1"), protocol.SYNC, query("select 2"))
    assert raw.answers(2) == "EZTDCZ"
    raw.send(query("create table t (a int primary key)"))  # in the relay's own exchange
    assert raw.answers(1) == "CZ"


def test_a_flush_brings_the_answers_so_far(raw: Raw, copy_two: str) -> None:
    raw.send(query("create table t (a int)"))
    raw.answers(1)
    raw.send(*prepared(copy_two), protocol.FLUSH)
    kinds = ""
    while not kinds.endswith("C"):
        kind, length = struct.unpack("!ci", raw.file.read(5))
        raw.file.read(length - 4)
        kinds += kind.decode()
    assert kinds.replace("S", "") == "12nNC"
    raw.send(protocol.SYNC)
    assert raw.answers(1) == "Z"


def test_bytes_that_are_no_utf8_reach_postgresql_as_they_are(raw: Raw) -> None:
    raw.send(protocol.Message(b"Q", b"select '\xff'\0"))
    assert raw.answers(1) == "EZ"
    raw.send(protocol.Message(b"P", b"\0select '\xff'\0\0\0"), protocol.SYNC)
    assert raw.answers(1) == "EZ"


def test_an_empty_query_is_answered(raw: Raw) -> None:
    raw.send(query(""), query(" -- nothing\n"), query(";;"))
    assert raw.answers(3) == "IZIZIZ"


def test_settings_that_change_inside_of_several_statements_reach_the_client(
    connection: psycopg.Connection[Any],
) -> None:
    connection.execute("create table t (a int primary key); set timezone to 'Asia/Tokyo'")
    assert connection.info.parameter_status("TimeZone") == "Asia/Tokyo"


def test_truncate_commits_what_came_before_it(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    loader.connection.commit()
    loader.execute("insert into t values (1)")
    loader.execute("create table made_before (a int)")
    loader.execute("truncate t")
    loader.connection.rollback()
    assert loader.elsewhere("select count(*) from made_before") == [(0,)]
    assert loader.elsewhere("select count(*) from t") == [(0,)]


def test_a_transaction_sees_the_data_as_they_were_when_it_began(
    loader: Loader, connection: psycopg.Connection[Any]
) -> None:
    loader.execute("create table t (a int)")
    loader.connection.commit()
    assert loader.execute("select count(*) from t") == [(0,)]
    connection.execute("insert into t values (1)")
    connection.commit()
    assert loader.execute("select count(*) from t") == [(0,)]
    loader.connection.rollback()
    assert loader.execute("select count(*) from t") == [(1,)]


def test_a_lock_taken_first_shows_what_was_committed_before_it(
    loader: Loader, connection: psycopg.Connection[Any]
) -> None:
    loader.execute("create table t (a int)")
    loader.connection.commit()
    loader.execute("begin")
    connection.execute("insert into t values (1)")
    connection.commit()
    loader.execute("lock t")
    assert loader.execute("select count(*) from t") == [(1,)]


def test_identifiers_and_long_statements_pass_untouched(
    connection: psycopg.Connection[Any],
) -> None:
    connection.execute("create table t (a varchar(max))")
    text = "x" * 60_000
    connection.execute(sql.SQL("insert into t values {}").format(
        sql.SQL(",").join(sql.SQL("({})").format(text) for _ in range(10))
    ))  # fmt: skip
    assert connection.execute("select sum(len(a)) from t").fetchone() == (600_000,)
