"""If Airflow stops a task (SIGTERM or execution_timeout), its statement stops on the server too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sparkify.failures import LoadRefused
from sparkify.warehouse.locks import lock_table
from tests.conftest import Endpoint, connection_environment
from tests.faults.aftermath import (
    copying,
    left_behind,
    put_a_long_day,
    until,
    waiting_for_a_lock,
)
from tests.faults.child import Child, Job, perform, start
from tests.faults.scenes import EVENTS, HOUR
from tests.support.runs import event, put_lines, put_paths, query


@pytest.fixture
def begin(
    endpoint: Endpoint,
    s3_endpoint: str,
    bucket: str,
    tmp_path: Path,
    warehouse: Any,
    conn_type: str,
) -> Callable[..., Child]:
    """Start a task alone."""

    def begin(task_id: str, **more: Any) -> Child:
        environment = connection_environment(conn_type, endpoint, s3_endpoint)
        return start(Job(task_id, HOUR, bucket, tmp_path / "log", environment, **more))

    return begin


@contextmanager
def locked(endpoint: Endpoint, table: str) -> Iterator[None]:
    """Hold a lock on a table, so that other sessions wait for it, and stage an event."""
    with psycopg.connect(endpoint.conninfo) as holder:
        holder.execute(
            "insert into staging_events (session_id, item_in_session, ts, page)"
            " values (1, 1, '2018-11-05 10:00:00', 'NextSong')"
        )
        holder.commit()
        holder.execute(f"lock table {table}")
        yield


def test_a_task_that_waits_for_a_lock_ends_within_a_second_of_sigterm(begin, endpoint, warehouse):
    with locked(endpoint, lock_table("users")):
        child = begin("load_users", offline=True)
        until(lambda: waiting_for_a_lock(warehouse))
        child.terminate()
        began = time.monotonic()
        (name, message) = child.outcome()
        assert time.monotonic() - began < 2
        assert "cancel" in message.lower(), name
        assert waiting_for_a_lock(warehouse) == []
    assert left_behind(warehouse) == []


def test_a_task_in_the_middle_of_a_long_copy_ends_at_sigterm_and_loads_nothing(
    begin, s3, bucket, warehouse
):
    put_a_long_day(s3, bucket)
    child = begin("stage_events", offline=True)
    until(lambda: copying(warehouse))
    child.terminate()
    began = time.monotonic()
    (name, message) = child.outcome()
    assert time.monotonic() - began < 2
    assert "cancel" in message.lower(), name
    assert left_behind(warehouse) == []
    assert query(warehouse, "select count(*) from staging_events") == [(0,)]


def test_after_sigterm_between_two_statements_no_other_runs(begin, endpoint, warehouse):
    """The signal arrives while the task is not waiting for the server."""
    child = begin("check_quality", sigterm=("after", "rows_of_loads"))
    assert child.outcome()[0] == "Cancelled"
    assert query(warehouse, "select count(*) from quality_results") == [(0,)]
    assert left_behind(warehouse) == []


def test_a_task_past_its_execution_timeout_ends_on_the_server_too(begin, endpoint, warehouse):
    with locked(endpoint, lock_table("users")):
        began = time.monotonic()
        child = begin("load_users", timeout=1.0)
        assert child.outcome()[0] == "AirflowTaskTimeout"
        assert time.monotonic() - began < 4
        assert until(lambda: not waiting_for_a_lock(warehouse))
    assert left_behind(warehouse) == []


@pytest.mark.deep
def test_a_copy_past_the_execution_timeout_ends_on_the_server_too(begin, s3, bucket, warehouse):
    put_a_long_day(s3, bucket, plays=400_000)
    child = begin("stage_events", timeout=1.5)
    assert child.outcome()[0] == "AirflowTaskTimeout"
    assert left_behind(warehouse) == []
    assert query(warehouse, "select count(*) from staging_events") == [(0,)]


def test_a_task_that_failed_by_bad_data_is_cleared_and_loads_once_the_object_is_mended(
    s3, bucket, warehouse, conn_type
):
    put_paths(s3, bucket)
    put_lines(s3, bucket, EVENTS, [event("2018-11-05T10:10:00"), *["{broken"] * 11])
    with pytest.raises(Exception, match="nothing was loaded") as failed:
        perform("stage_events", HOUR, bucket)
    assert isinstance(failed.value.__cause__, LoadRefused)
    assert query(warehouse, "select count(*) from load_ledger") == [(0,)]
    put_lines(s3, bucket, EVENTS, [event("2018-11-05T10:10:00")])
    assert perform("stage_events", HOUR, bucket)["staged"] == 1
    assert query(warehouse, "select count(*) from load_ledger") == [(1,)]
    assert left_behind(warehouse) == []
