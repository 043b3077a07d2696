"""Rows that reach a day's file after their hour's load are detected, recorded and planned."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from sparkify.loads import windowed
from sparkify.loads.partitions import PartitionedSource
from sparkify.loads.settled import partition_states
from sparkify.model import STAGING_EVENTS
from sparkify.warehouse.session import Warehouse
from sparkify.window import Window
from tests.support.runs import event, put_lines, query, run

DAY = ("2018-11-05T00:00:00Z", "2018-11-06T00:00:00Z")
KEY = "log_data/2018/11/2018-11-05-events.json"
LATE = "select hour_start, rows_late, rows_gone from load_late_rows order by load_id, hour_start"


def hour(number: int) -> tuple[str, str]:
    return f"2018-11-05T{number:02}:00:00Z", f"2018-11-05T{number + 1:02}:00:00Z"


def at(number: int, item: int = 0, **changes: Any) -> dict[str, Any]:
    return event(f"2018-11-05T{number:02}:30:00", itemInSession=100 * number + item, **changes)


@pytest.fixture
def states(s3: Any, bucket: str, warehouse: Any) -> Any:
    """The states of the day's hours in the plan, without those that need nothing."""

    def plan() -> dict[int, str]:
        span = Window(*(datetime.fromisoformat(moment) for moment in DAY))
        source = PartitionedSource(bucket, STAGING_EVENTS.source)
        with Warehouse.connect("redshift_default") as connection:
            (partition,) = partition_states(
                connection, s3, source, table="staging_events", span=span
            )
        return {window.start.hour: state for window, state in partition.hours if state != "new"}

    return plan


def test_a_row_that_came_after_its_hour_was_loaded_is_recorded_and_planned_for(
    s3, bucket, warehouse, stage_events, states, caplog
):
    put_lines(s3, bucket, KEY, [at(9), at(10)])
    assert run(stage_events(), hour(9))["late"] == 0
    put_lines(s3, bucket, KEY, [at(9), at(9, 1), at(10), at(11)])
    assert states() == {9: "grown"}  # the current file was never read
    assert run(stage_events(), hour(10))["late"] == 1
    assert "2018-11-05 09:00:00 is out of date: 1 rows" in caplog.text
    assert query(warehouse, LATE) == [(datetime(2018, 11, 5, 9), 1, 0)]
    assert states() == {9: "out of date", 10: "unchanged"}
    assert run(stage_events(), hour(9))["staged"] == 2
    assert states() == {9: "unchanged", 10: "unchanged"}
    assert run(stage_events(), hour(11))["late"] == 0


def test_a_file_that_merely_grew_leaves_its_older_hours_unchanged(
    s3, bucket, warehouse, stage_events, states
):
    put_lines(s3, bucket, KEY, [at(9)])
    run(stage_events(), hour(9))
    put_lines(s3, bucket, KEY, [at(9), at(10)])
    run(stage_events(), hour(10))
    assert states() == {9: "unchanged", 10: "unchanged"}
    assert query(warehouse, LATE) == []


def test_a_row_that_was_corrected_or_taken_away_is_recorded_too(
    s3, bucket, warehouse, stage_events, states
):
    put_lines(s3, bucket, KEY, [at(8), at(9, 0, song="Nortbound"), at(9, 1), at(10)])
    run(stage_events(), (hour(8)[0], hour(9)[1]))
    put_lines(s3, bucket, KEY, [at(8), at(9, 0, song="Northbound"), at(10)])
    run(stage_events(), hour(10))
    assert query(warehouse, LATE) == [(datetime(2018, 11, 5, 9), 1, 2)]
    assert states() == {8: "unchanged", 9: "out of date", 10: "unchanged"}


def test_hours_that_were_never_loaded_are_not_late(s3, bucket, warehouse, stage_events, states):
    put_lines(s3, bucket, KEY, [at(8), at(9), at(10)])
    run(stage_events(), hour(9))
    assert query(warehouse, LATE) == []
    assert states() == {9: "unchanged"}


def test_a_smaller_file_that_was_never_read_is_changed(s3, bucket, stage_events, states):
    put_lines(s3, bucket, KEY, [at(9), at(9, 1)])
    run(stage_events(), hour(9))
    put_lines(s3, bucket, KEY, [at(9)])
    assert states() == {9: "changed"}


def test_an_hour_whose_file_went_back_to_an_older_version_is_not_called_unchanged(
    s3, bucket, stage_events, states
):
    put_lines(s3, bucket, KEY, [at(9), at(10)])
    run(stage_events(), hour(10))
    put_lines(s3, bucket, KEY, [at(9), at(9, 1), at(10)])
    run(stage_events(), hour(9))
    put_lines(s3, bucket, KEY, [at(9), at(10)])
    assert states() == {9: "changed", 10: "unchanged"}


def test_a_deleted_second_file_makes_its_day_changed(s3, bucket, stage_events, states):
    second = KEY.replace("events.json", "events-2.json")
    put_lines(s3, bucket, KEY, [at(10)])
    put_lines(s3, bucket, second, [at(10, 1)])
    run(stage_events(), hour(10))
    assert states() == {10: "unchanged"}
    s3.delete_object(Bucket=bucket, Key=second)
    assert states() == {10: "changed"}


CURRENT = (
    "select status, sample_rows from quality_results"
    " where check_name = 'staging_events_objects_current' order by checked_at desc limit 1"
)
NEXT_DAY = ("2018-11-06T00:00:00Z", "2018-11-06T01:00:00Z")
NEXT_KEY = KEY.replace("05-e", "06-e")


def test_a_row_that_came_after_the_last_run_of_its_day_is_reported_by_the_next_days_runs(
    s3, bucket, warehouse, stage_events
):
    put_lines(s3, bucket, NEXT_KEY, [event("2018-11-06T00:10:00", sessionId=2)])
    put_lines(s3, bucket, KEY, [at(22), at(23)])
    run(stage_events(), (hour(22)[0], DAY[1]))
    run(stage_events(), NEXT_DAY)
    assert query(warehouse, CURRENT) == [("passed", "[]")]
    put_lines(s3, bucket, KEY, [at(22), at(23), at(23, 1)])
    run(stage_events(), NEXT_DAY)
    ((status, rows),) = query(warehouse, CURRENT)
    assert status == "warned"
    assert json.loads(rows) == [{"object_key": f"s3://{bucket}/{KEY}", "state": "changed"}]
    run(stage_events(), DAY)
    run(stage_events(), NEXT_DAY)
    assert query(warehouse, CURRENT) == [("passed", "[]")]


def test_a_days_file_that_landed_after_its_runs_is_reported_unless_it_is_older_than_all_loads(
    s3, bucket, warehouse, stage_events
):
    for day in ("03", "04"):
        put_lines(s3, bucket, KEY.replace("05-e", f"{day}-e"), [event(f"2018-11-{day}T10:00:00")])
    put_lines(s3, bucket, NEXT_KEY, [event("2018-11-06T00:10:00", sessionId=2)])
    run(stage_events(), NEXT_DAY)
    assert query(warehouse, CURRENT) == [("passed", "[]")]  # the first load
    run(stage_events(), ("2018-11-04T00:00:00Z", DAY[0]))
    put_lines(s3, bucket, KEY, [at(10)])
    run(stage_events(), NEXT_DAY)
    ((status, rows),) = query(warehouse, CURRENT)
    assert status == "warned"
    assert json.loads(rows) == [{"object_key": f"s3://{bucket}/{KEY}", "state": "never loaded"}]


def test_an_older_state_never_replaces_a_newer_one_that_was_committed_meanwhile(
    s3, bucket, warehouse, stage_events, monkeypatch
):
    """Between one run's last look at S3 and its lock, another run loads a newer state."""
    put_lines(s3, bucket, KEY, [at(10, song="Old")])
    put, once = windowed.WindowLoad._put, []

    def overtaken(self: Any, *arguments: Any) -> Any:
        if not once:
            once.append(True)
            put_lines(s3, bucket, KEY, [at(10, song="New")])
            run(stage_events(), hour(10))
        return put(self, *arguments)

    monkeypatch.setattr(windowed.WindowLoad, "_put", overtaken)
    with pytest.raises(Exception, match="changed while it was loaded"):
        run(stage_events(), hour(10))
    assert query(warehouse, "select song from staging_events") == [("New",)]


def test_an_hour_that_another_run_brings_up_to_date_meanwhile_is_not_recorded_as_late(
    s3, bucket, warehouse, stage_events, monkeypatch
):
    put_lines(s3, bucket, KEY, [at(9), at(10)])
    run(stage_events(), hour(9))
    put_lines(s3, bucket, KEY, [at(9), at(9, 1), at(10)])
    put, once = windowed.WindowLoad._put, []

    def after_another(self: Any, *arguments: Any) -> Any:
        if not once:
            once.append(True)
            run(stage_events(), hour(9))
        return put(self, *arguments)

    monkeypatch.setattr(windowed.WindowLoad, "_put", after_another)
    assert run(stage_events(), hour(10))["late"] == 0
    assert query(warehouse, LATE) == []


@pytest.mark.parametrize(("other", "looks"), [(10, 3), (12, 2)])
def test_s3_is_listed_again_only_after_a_concurrent_load(
    other, looks, s3, bucket, warehouse, stage_events, monkeypatch
):
    put_lines(s3, bucket, KEY, [at(10), at(12)])
    put, once, seen = windowed.WindowLoad._put, [], []
    state = PartitionedSource.state

    def overtaken(self: Any, *arguments: Any) -> Any:
        if not once:
            once.append(True)
            before = len(seen)
            run(stage_events(), hour(other))
            del seen[before:]
        return put(self, *arguments)

    def looking(self: Any, *arguments: Any) -> Any:
        seen.append(1)
        return state(self, *arguments)

    monkeypatch.setattr(windowed.WindowLoad, "_put", overtaken)
    monkeypatch.setattr(PartitionedSource, "state", looking)
    assert run(stage_events(), hour(10))["staged"] == 1
    assert len(seen) == looks


def test_no_request_goes_to_s3_while_the_table_is_locked(
    s3, bucket, warehouse, stage_events, monkeypatch
):
    put_lines(s3, bucket, KEY, [at(10)])
    locked, locks_when_read = [], []
    execute, state = Warehouse.execute, PartitionedSource.state

    def executing(self: Warehouse, sql: str, *values: Any) -> int:
        if sql.lstrip().startswith("--") and "lock table" in sql:
            locked.append(1)
        return execute(self, sql, *values)

    def looking(self: Any, *arguments: Any) -> Any:
        locks_when_read.append(len(locked))
        return state(self, *arguments)

    monkeypatch.setattr(Warehouse, "execute", executing)
    monkeypatch.setattr(PartitionedSource, "state", looking)
    run(stage_events(), hour(10))
    assert locked == [1]
    assert locks_when_read == [0, 0]
