"""A load commits only if its table passes its checks: nobody sees rows that fail them."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.model import TABLES
from sparkify.quality.checks import StatementCheck
from tests.support.runs import Span, etl_dag, event, put_lines, put_paths, query, run_dag, song

TEN: Span = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
FIVE = "log_data/2018/11/2018-11-05-events.json"
GOOD = event("2018-11-05T10:10:00")
UNKNOWN_LEVEL = GOOD | {"level": "gold"}


@pytest.fixture
def load(s3: Any, bucket: str, warehouse: Any) -> Any:
    """Loads the hour from some events: the tasks to run, in order; default: all."""
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])

    def run(*events: Any, only: tuple[str, ...] = ()) -> Any:
        put_lines(s3, bucket, FIVE, events)
        return run_dag(etl_dag(), TEN, bucket=bucket, only=only)

    return run


def levels(warehouse: Any) -> list[tuple[Any, ...]]:
    return query(
        warehouse,
        "select 'songplays' as name, level from songplays"
        " union all select 'users', level from users order by 1",
    )


LOADED = [("songplays", "free"), ("users", "free")]


@pytest.mark.parametrize("task", ["load_users", "load_songplays"])
def test_a_load_that_fails_its_check_changes_nothing_and_keeps_the_result(load, warehouse, task):
    load(GOOD)
    query(warehouse, "delete from quality_results")
    load(UNKNOWN_LEVEL, only=("stage_events",))
    with pytest.raises(AirflowFailException, match=f"{task[5:]}: nothing was loaded. 1 of .*level"):
        load(UNKNOWN_LEVEL, only=(task,))
    assert levels(warehouse) == LOADED
    ((status, rows, sample, task_id),) = query(
        warehouse,
        "select status, failing_rows, sample_rows, task_id from quality_results"
        f" where check_name = '{task[5:]}_level'",
    )
    assert (status, rows, task_id) == ("failed", 1, task)
    assert json.loads(sample)[0]["level"] == "gold"


def test_a_staging_table_that_fails_its_check_is_as_before_with_its_ledger(
    load, warehouse, monkeypatch
):
    """The rules of staging tables can only be broken by a bug: here another rule stands for it."""
    load(GOOD)
    tables = ("staging_events", "load_ledger", "load_errors", "load_late_rows")
    before = [query(warehouse, f"select * from {table}") for table in tables]
    rule = StatementCheck("select count(*) from staging_events", expected=1, name="one_event")
    monkeypatch.setattr("sparkify.quality.gate.checks_before_commit", lambda _: [rule])
    with pytest.raises(
        AirflowFailException, match=r"staging_events: nothing was loaded\..*one_event"
    ):
        load(GOOD, event("2018-11-05T10:20:00", itemInSession=1), "{cut", only=("stage_events",))
    assert [query(warehouse, f"select * from {table}") for table in tables] == before
    kept = "select sample_rows from quality_results where check_name = 'one_event'"
    assert query(warehouse, kept) == [('[{"actual": 2, "expected": "= 1"}]',)]


def test_every_load_keeps_the_results_of_its_checks(load, warehouse):
    load(GOOD)
    checked = {name for (name,) in query(warehouse, "select check_name from quality_results")}
    for table in TABLES:
        assert {name for name in checked if name.startswith(f"{table.name}_")}, table.name


def test_a_reader_in_a_loop_never_sees_rows_that_fail_a_check(load, warehouse, endpoint):
    """Each load is broken in turn, and corrected, while somebody reads all the time."""
    load(GOOD)
    seen: set[tuple[Any, ...]] = set()
    stop = threading.Event()

    def read() -> None:
        with psycopg.connect(endpoint.conninfo, autocommit=True) as reader:
            while not stop.is_set():
                seen.add(("rows", *sorted(reader.execute(
                    "select 'songplays' as name, level from songplays"
                    " union all select 'users', level from users"
                ).fetchall())))  # fmt: skip
                time.sleep(0.005)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for _ in range(3):
            for task in ("load_users", "load_songplays"):
                load(UNKNOWN_LEVEL, only=("stage_events",))
                with pytest.raises(AirflowFailException, match="_level"):
                    load(UNKNOWN_LEVEL, only=(task,))
                load(GOOD)
    finally:
        stop.set()
        thread.join()
    assert seen == {("rows", *LOADED)}
