"""If the warehouse disappears during a COPY, the task can be retried and then succeeds."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import SETTINGS, Endpoint, connection_environment, data_folder, run_endpoint
from tests.faults.aftermath import copying, left_behind, put_a_long_day, until
from tests.faults.child import Child, Job, perform, start
from tests.faults.scenes import HOUR
from tests.support.runs import create_tables, query

PLAYS = 80_000
deep = pytest.mark.deep
by_both_drivers = pytest.mark.parametrize(
    "conn_type", ["redshift", pytest.param("postgres", marks=deep)]
)


class Site:
    """An endpoint that can be stopped and started again on the same port and data."""

    def __init__(self, s3_endpoint: str) -> None:
        self.s3_endpoint = s3_endpoint
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.data_dir = data_folder() / "data"
        self.stack = ExitStack()
        self.start()

    def start(self) -> None:
        running = run_endpoint(self.s3_endpoint, self.data_dir, self.port, **SETTINGS)
        self.endpoint: Endpoint = self.stack.enter_context(running)

    def stop(self) -> None:
        """Stop the endpoint normally; an error in its log fails the test."""
        self.stack.close()

    def connect(self) -> Any:
        """Connect as soon as the endpoint accepts connections."""
        return until(self._connection)

    def _connection(self) -> Any:
        try:
            return psycopg.connect(self.endpoint.conninfo, autocommit=True)
        except psycopg.OperationalError:
            return None


@pytest.fixture(scope="module")
def site(s3_endpoint: str) -> Iterator[Site]:
    it = Site(s3_endpoint)
    yield it
    it.stop()


@pytest.fixture
def child(
    site: Site, s3: Any, bucket: str, conn_type: str, monkeypatch: Any, tmp_path: Path
) -> Child:
    """A task in the middle of a long COPY into an empty warehouse."""
    with site.connect() as connection:
        query(connection, "drop schema if exists public cascade")
        query(connection, "create schema public")
        create_tables(connection)
        environment = connection_environment(conn_type, site.endpoint, site.s3_endpoint)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        put_a_long_day(s3, bucket, PLAYS)
        begun = start(Job("stage_events", HOUR, bucket, tmp_path / "log", environment))
        until(lambda: copying(connection))
    return begun


def assert_that_a_retry_loads(site: Site, bucket: str) -> None:
    with site.connect() as connection:
        assert left_behind(connection) == []
        assert query(connection, "select count(*) from staging_events") == [(0,)]
        assert query(connection, "select count(*) from load_ledger") == [(0,)]
        assert perform("stage_events", HOUR, bucket)["staged"] == PLAYS


@by_both_drivers
def test_after_a_kill_of_postgresqls_backend_a_retry_loads(child, site, bucket):
    with site.connect() as connection:
        (pid,) = copying(connection)
        os.kill(pid, signal.SIGKILL)
        assert child.outcome()[0] == "ConnectionLost"
    assert_that_a_retry_loads(site, bucket)


@by_both_drivers
def test_the_endpoint_is_stopped_and_started_again(child, site, bucket):
    site.stop()
    assert child.outcome()[0] == "ConnectionLost"
    site.start()
    assert_that_a_retry_loads(site, bucket)


@deep
def test_the_endpoint_is_killed_and_started_again_at_once(child, site, bucket):
    site.endpoint.process.kill()
    assert child.outcome()[0] == "ConnectionLost"
    site.stop()
    site.start()
    assert_that_a_retry_loads(site, bucket)


@deep
def test_a_session_that_is_terminated_by_the_server(child, site, bucket):
    with site.connect() as connection:
        (pid,) = copying(connection)
        assert query(connection, f"select pg_terminate_backend({pid})") == [(True,)]
        assert child.outcome()[0] == "ConnectionLost"
    assert_that_a_retry_loads(site, bucket)


@by_both_drivers
def test_a_client_that_is_killed_takes_its_copy_with_it(child, site, bucket):
    child.process.kill()
    assert child.killed()
    assert_that_a_retry_loads(site, bucket)


@deep
def test_an_unreachable_warehouse_is_retried(child, site, bucket):
    child.process.kill()
    site.stop()
    try:
        with pytest.raises(Exception, match=r"refused|Connection|connection") as failed:
            perform("load_users", HOUR, bucket)
        assert type(failed.value).__name__ == "ConnectionLost"
    finally:
        site.start()
