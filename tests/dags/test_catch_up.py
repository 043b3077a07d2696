"""`sparkify_catch_up`: what arrives late is loaded without a hand.

The runs that the DAG triggers are made here by `run_dag`, as Airflow would make them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from local.redshift.history.statement_record import read_record
from sparkify.operators import FindUnsettledDaysOperator, ReportCatchUpOperator
from tests.support.runs import (
    EVERY_TABLE,
    context,
    dump,
    empty_tables,
    etl_dag,
    event,
    put_lines,
    put_paths,
    query,
    run_dag,
    song,
)

FIRST = datetime(2018, 11, 5, tzinfo=UTC)
DAYS = [FIRST + timedelta(days=number) for number in range(7)]
AFTER = DAYS[-1] + timedelta(days=1, hours=2.5)  # when the catch-up of the week runs


class Week:
    """A week of the app: its files in S3, and the runs over them."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self.s3, self.bucket = s3, bucket
        self.events: dict[datetime, list[dict[str, Any]]] = {day: [] for day in DAYS}

    def play(self, at: datetime, **changes: Any) -> None:
        """Add a play to its day; it is in no file before `flush`."""
        number = sum(len(events) for events in self.events.values())
        self.events[at.replace(hour=0, minute=0)].append(
            event(at.strftime("%Y-%m-%dT%H:%M:%S"), sessionId=number + 1, **changes)
        )

    def flush(self, day: datetime) -> None:
        key = f"log_data/{day:%Y/%m/%Y-%m-%d}-events.json"
        put_lines(self.s3, self.bucket, key, self.events[day])

    def load(self, start: datetime, hours: int = 1) -> None:
        window = (start.isoformat(), (start + timedelta(hours=hours)).isoformat())
        run_dag(etl_dag(), window, bucket=self.bucket)

    def find(self, now: datetime = AFTER, **settings: Any) -> list[dict[str, Any]]:
        """What the first task of the DAG returns."""
        operator = FindUnsettledDaysOperator(task_id="find", bucket=self.bucket, **settings)
        return operator.execute(at(now))

    def catch_up(self, now: datetime = AFTER) -> list[dict[str, Any]]:
        """The whole DAG; its report."""
        runs = self.find(now)
        for one in runs:
            conf = one["conf"]
            window = (conf["window_start"], conf["window_end"])
            run_dag(etl_dag(), window, bucket=self.bucket, run_id=one["trigger_run_id"])
        return ReportCatchUpOperator(task_id="report", runs=runs).execute(at(now))


def at(now: datetime) -> dict[str, Any]:
    return context() | {"dag_run": SimpleNamespace(run_after=now, run_id="scheduled__now")}


@pytest.fixture
def week(s3: Any, bucket: str, warehouse: Any) -> Week:
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    return Week(s3, bucket)


def settled_day(week: Week, day: datetime, hours: tuple[int, ...] = (9, 10)) -> None:
    """A day whose file is whole before its last hour is loaded."""
    for hour in hours:
        week.play(day + timedelta(hours=hour, minutes=10))
    week.flush(day)
    week.load(day, 24)


def test_a_day_that_is_loaded_as_it_is_is_settled_and_one_without_a_file_too(week):
    settled_day(week, DAYS[0])
    assert week.find() == []


def test_hourly_loads_of_a_growing_file_leave_a_settled_day(week):
    day = DAYS[0]
    for hour in range(24):
        week.play(day + timedelta(hours=hour, minutes=10))
        week.flush(day)
        week.load(day + timedelta(hours=hour))
    assert week.find() == []


def test_only_whole_days_of_the_span_are_looked_at(week):
    for day in DAYS[:3]:
        week.play(day + timedelta(hours=9))
        week.flush(day)

    def days(**settings: Any) -> list[str]:
        return [one["conf"]["window_start"][:10] for one in week.find(**settings)]

    assert days() == ["2018-11-05", "2018-11-06", "2018-11-07"]
    assert days(now=DAYS[2] + timedelta(hours=23)) == ["2018-11-05", "2018-11-06"]
    assert days(days_back="6") == ["2018-11-06", "2018-11-07"]
    assert days(until="2018-11-06") == ["2018-11-05"]
    assert days(most_days="1") == ["2018-11-05"]
    assert days(only_plan="True") == []


def test_days_that_failed_before_do_not_hold_up_the_others(week, s3, bucket):
    for day in DAYS[:3]:
        week.play(day + timedelta(hours=9))
        week.flush(day)
    put_lines(s3, bucket, "log_data/2018/11/2018-11-05-events.json", ["{cut"])
    with pytest.raises(AirflowFailException, match="nothing was loaded"):
        week.catch_up()
    days = [one["conf"]["window_start"][:10] for one in week.find()]
    assert days == ["2018-11-06", "2018-11-07", "2018-11-05"]
    assert [one["conf"]["window_start"][:10] for one in week.find(most_days=2)] == days[:2]


def test_a_run_over_a_day_says_why_it_was_made(week):
    settled_day(week, DAYS[0])
    week.play(DAYS[0] + timedelta(hours=9, minutes=50))
    week.flush(DAYS[0])
    ((conf),) = [one["conf"] for one in week.find()]
    assert (conf["window_start"], conf["window_end"]) == (
        "2018-11-05T00:00:00+00:00",
        "2018-11-06T00:00:00+00:00",
    )
    assert conf["reason"].startswith("2018-11-05: 24 hours grown (s3://")
    assert conf["rows_before"]["songplays"] == 2


def test_a_file_that_a_run_staged_twice_is_reported_as_new_once(week):
    week.play(DAYS[0] + timedelta(hours=9))
    week.flush(DAYS[0])
    runs = week.find()
    for _ in range(2):  # the run was cleared, or its load_users failed and was cleared
        conf, run_id = runs[0]["conf"], runs[0]["trigger_run_id"]
        window = (conf["window_start"], conf["window_end"])
        run_dag(etl_dag(), window, bucket=week.bucket, run_id=run_id)
    (report,) = ReportCatchUpOperator(task_id="report", runs=runs).execute(at(AFTER))
    assert (report["new_files"], report["changed_files"]) == (1, 0)


def test_after_a_week_of_late_files_all_tables_equal_the_straight_load(
    week, s3, bucket, warehouse, endpoint
):
    """Flushed minutes late, hours late and a day late, and corrected."""
    monday, tuesday, wednesday, thursday, *others = DAYS
    for day in DAYS:
        for hour in (8, 9, 10):
            week.play(day + timedelta(hours=hour, minutes=20), userId=str(day.day))
    for hour in range(24):  # an event of ten o'clock is flushed after eleven
        if hour == 12:
            week.play(monday + timedelta(hours=10, minutes=59))
        if hour in (8, 12):
            week.flush(monday)
        week.load(monday + timedelta(hours=hour))
    week.flush(tuesday)
    week.load(tuesday, 24)
    week.play(tuesday + timedelta(hours=23, minutes=58))  # minutes late: after the last hour
    week.flush(tuesday)
    # Wednesday's file lands on Thursday
    week.flush(thursday)
    week.load(thursday, 24)
    week.flush(wednesday)
    week.events[thursday][0]["level"] = "paid"  # corrected afterwards
    week.flush(thursday)
    for day in others:
        week.flush(day)
        week.load(day, 24)

    before = len(read_record(endpoint.record))
    report = week.catch_up()
    sent = [sql.split(maxsplit=1)[0].lower() for sql in read_record(endpoint.record)[before:]]
    assert [change["why"][:10] for change in report] == [
        "2018-11-05", "2018-11-06", "2018-11-07", "2018-11-08",
    ]  # fmt: skip
    assert [(one["new_files"], one["changed_files"]) for one in report] == [
        (0, 0), (0, 1), (1, 0), (0, 1),
    ]  # fmt: skip
    gained = [one["now"]["songplays"] - one["before"]["songplays"] for one in report]
    assert gained == [1, 1, 3, 0]
    assert sent.count("copy") == 4  # one for each day that was not settled
    assert week.find() == []
    assert query(warehouse, "select count(*) from quality_results where status = 'failed'") == [
        (0,)
    ]
    caught_up = dump(warehouse, EVERY_TABLE)
    empty_tables(warehouse)
    week.load(DAYS[0], 7 * 24)
    assert dump(warehouse, EVERY_TABLE) == caught_up
