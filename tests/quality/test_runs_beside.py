"""One run's checks do not fail because another run is unfinished.

Each test stops one run between two of its tasks, and runs the checks of another one.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.quality.suite import checks_after_loads
from tests.quality.good_data import insert
from tests.support.runs import (
    STAR,
    Span,
    etl_dag,
    event,
    put_lines,
    put_paths,
    query,
    run_dag,
    song,
)

TEN: Span = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
ELEVEN: Span = ("2018-11-05T11:00:00Z", "2018-11-05T12:00:00Z")
HALF_PAST_TEN: Span = ("2018-11-05T10:30:00Z", "2018-11-05T11:30:00Z")
DAY: Span = ("2018-11-05T00:00:00Z", "2018-11-06T00:00:00Z")
FIVE, SIX = (f"log_data/2018/11/2018-11-0{day}-events.json" for day in (5, 6))

STAGE = ("stage_events", "stage_songs")
DIMENSIONS = tuple(f"load_{table}" for table in STAR if table != "songplays")
LOADS = (*DIMENSIONS, "load_songplays")
CHECK = ("check_quality",)


class Story:
    """Runs of the DAG that proceed a few tasks at a time."""

    def __init__(self, s3: Any, bucket: str, warehouse: Any) -> None:
        self.s3, self.bucket, self.warehouse = s3, bucket, warehouse

    def land(self, *events: dict[str, Any], key: str = FIVE) -> None:
        put_lines(self.s3, self.bucket, key, events)

    def go(self, run_id: str, window: Span, *tasks: str) -> dict[str, Any]:
        return run_dag(etl_dag(), window, bucket=self.bucket, only=tasks, run_id=run_id)

    def failed(self, run_id: str, window: Span) -> set[str]:
        """The checks of severity error that fail in a run."""
        query(self.warehouse, f"delete from quality_results where run_id = '{run_id}'")
        with suppress(AirflowFailException):
            self.go(run_id, window, *CHECK)
        rows = query(
            self.warehouse,
            f"select check_name, status from quality_results where run_id = '{run_id}'",
        )
        assert {check.name for check in checks_after_loads()} <= {name for name, _ in rows}
        return {name for name, status in rows if status == "failed"}

    def found_late(self, by: str, hour: str) -> None:
        """What a run's newest load says about another hour of its day's file."""
        ((load_id,),) = query(
            self.warehouse,
            "select max(load_id) from load_ledger"
            f" where table_name = 'staging_events' and run_id = '{by}'",
        )
        query(self.warehouse, "delete from load_late_rows")
        insert(
            self.warehouse,
            "load_late_rows",
            load_id=load_id,
            table_name="staging_events",
            object_key=FIVE,
            hour_start=hour,
            rows_late=0,
            rows_gone=1,
        )


@pytest.fixture
def story(s3: Any, bucket: str, warehouse: Any) -> Story:
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    return Story(s3, bucket, warehouse)


def test_a_run_that_skipped_its_staging_does_not_fail_for_plays_that_another_run_has_yet_to_load(
    story,
):
    assert story.go("skipped", TEN)["stage_events"] is None
    story.land(event("2018-11-05T10:10:00"))
    story.go("other", TEN, *STAGE)
    assert story.failed("skipped", TEN) == set()
    story.go("other", TEN, *LOADS)
    assert story.failed("other", TEN) == set()


def test_a_run_does_not_fail_while_an_overlapping_one_is_between_dimensions_and_songplays(story):
    story.land(event("2018-11-05T10:40:00", userId="7"))
    story.go("first", TEN)
    story.land(event("2018-11-05T10:50:00", userId="8"))
    story.go("second", HALF_PAST_TEN, *STAGE, *DIMENSIONS)
    assert query(story.warehouse, "select user_id from users") == [("8",)]
    assert story.failed("first", TEN) == set()
    story.go("second", HALF_PAST_TEN, "load_songplays")
    assert story.failed("second", HALF_PAST_TEN) == set()


@pytest.mark.parametrize("rule", ["songplays_have_user", "songplays_have_time"])
def test_a_run_whose_load_is_the_newest_still_reports_dimensions_that_lack_its_plays(story, rule):
    story.land(event("2018-11-05T10:40:00"))
    story.go("first", TEN)
    query(story.warehouse, f"delete from {'users' if rule == 'songplays_have_user' else 'time'}")
    assert rule in story.failed("first", TEN)


def move_a_play(story: Story) -> None:
    """Load two hours, then correct the file: a play of the first hour is now in the second."""
    other = event("2018-11-05T10:05:00", itemInSession=9)
    story.land(other, event("2018-11-05T10:40:00", itemInSession=1))
    for number, window in enumerate((TEN, ELEVEN)):
        story.go(f"before-{number}", window)
    story.land(other, event("2018-11-05T11:20:00", itemInSession=1))


def test_a_play_that_moves_between_hours_is_no_copy_while_the_hour_it_left_is_not_staged(story):
    move_a_play(story)
    story.go("eleven", ELEVEN, *STAGE, *LOADS)
    story.found_late("eleven", "2018-11-05 10:00")
    assert story.failed("eleven", ELEVEN) == set()


@pytest.mark.parametrize("first", ["ten", "eleven"])
def test_a_play_that_moves_between_hours_is_no_copy_while_the_hour_it_left_is_not_loaded(
    story, first
):
    move_a_play(story)
    windows = {"ten": TEN, "eleven": ELEVEN}
    for run_id in sorted(windows, reverse=first == "eleven"):
        story.go(run_id, windows[run_id], *STAGE)
        if run_id == "eleven" and first == "eleven":
            story.found_late("eleven", "2018-11-05 10:00")
    story.go("eleven", ELEVEN, *LOADS)
    assert query(story.warehouse, "select count(*) from songplays where songplay_id = '1-1'") == [
        (2,)
    ]
    assert story.failed("eleven", ELEVEN) == set()
    story.go("ten", TEN, *LOADS)
    for run_id, window in windows.items():
        assert story.failed(run_id, window) == set()


def test_one_key_in_the_files_of_two_days_is_reported_by_both_days(story):
    story.land(event("2018-11-05T10:40:00"))
    story.land(event("2018-11-06T10:00:00"), key=SIX)
    six = ("2018-11-06T10:00:00Z", "2018-11-06T11:00:00Z")
    story.go("five", TEN)
    with pytest.raises(AirflowFailException, match="staging_events_key_unique_around_window"):
        story.go("six", six)
    copies = {"staging_events_key_unique_around_window"}
    assert story.failed("five", TEN) == story.failed("six", six) == copies


def test_a_file_that_became_empty_leaves_an_empty_table_that_is_no_failure(story):
    story.land(event("2018-11-05T10:40:00"))
    story.go("first", TEN)
    story.s3.put_object(Bucket=story.bucket, Key=FIVE, Body=b"")
    with suppress(AirflowFailException):  # staging may refuse it
        story.go("second", DAY, *STAGE)
        story.go("second", DAY, *LOADS)
    assert story.failed("second", DAY) == set()


def test_a_run_does_not_fail_for_a_table_that_a_later_load_of_its_window_has_emptied(story):
    story.land(event("2018-11-05T10:40:00"))
    story.go("first", TEN)
    query(story.warehouse, "delete from staging_events")
    assert "staging_events_not_empty_once_loaded" in story.failed("first", TEN)
    insert(
        story.warehouse,
        "load_ledger",
        load_id=99,
        table_name="staging_events",
        object_key=FIVE,
        run_id="second",
        rows_staged=0,
        window_start="2018-11-05 00:00",
        window_end="2018-11-06 00:00",
    )
    assert story.failed("first", TEN) == set()


def test_a_catalogue_that_another_run_has_staged_and_not_loaded_is_no_failure(story):
    story.s3.delete_object(Bucket=story.bucket, Key="song_data/1.json")
    story.land(event("2018-11-05T10:40:00"))
    story.go("first", TEN, *STAGE, *LOADS)
    put_lines(story.s3, story.bucket, "song_data/1.json", [song("S1")])
    story.go("second", ELEVEN, *STAGE)
    assert story.failed("first", TEN) == set()
    story.go("second", ELEVEN, *LOADS)
    query(story.warehouse, "delete from songs")
    assert "songs_not_empty_once_sourced" in story.failed("first", TEN)
