"""Observes the server from another session, during and after a task."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.support.runs import event, put_paths, query

_PATIENCE = 10.0  # seconds


def until(condition: Callable[[], Any]) -> Any:
    """Wait until the condition is true; returns its value."""
    deadline = time.monotonic() + _PATIENCE
    while not (answer := condition()):
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.01)
    return answer


def waiting_for_a_lock(connection: Any) -> list[Any]:
    """The sessions that wait for a lock."""
    sql = "select pid from pg_stat_activity where wait_event_type = 'Lock'"
    return [pid for (pid,) in query(connection, sql)]


def copying(connection: Any) -> list[Any]:
    """The sessions that are running a COPY."""
    sql = "select pid from pg_stat_progress_copy where tuples_processed > 0"
    return [pid for (pid,) in query(connection, sql)]


def put_a_long_day(s3: Any, bucket: str, plays: int = 80_000) -> None:
    """Write a day's file that takes COPY a second or more."""
    put_paths(s3, bucket)
    line = json.dumps(event("2018-11-05T10:10:00", sessionId=987654321))
    head, tail = line.split("987654321")
    body = "\n".join(f"{head}{number}{tail}" for number in range(plays)).encode()
    s3.put_object(Bucket=bucket, Key="log_data/2018/11/2018-11-05-events.json", Body=body)


def left_behind(connection: Any) -> list[Any]:
    """Other sessions and locks that still exist after a short wait.

    Temporary tables are ignored: no other session sees them, and autovacuum drops those of a
    killed backend.
    """
    deadline = time.monotonic() + 5
    while True:
        left = query(
            connection,
            "select 'session', cast(pid as varchar), state, query from pg_stat_activity"
            " where usename = current_user and pid <> pg_backend_pid()"
            " union all select 'lock', cast(l.pid as varchar), l.mode, a.query"
            " from pg_locks as l inner join pg_stat_activity as a on l.pid = a.pid"
            " where a.usename = current_user and l.pid <> pg_backend_pid()",
        )
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)
