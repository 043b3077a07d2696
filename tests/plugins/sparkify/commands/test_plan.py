"""The plan says in advance what a backfill would do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sparkify.commands.plan import describe_folder, main, report
from sparkify.loads.partitions import PartitionedSource
from sparkify.loads.settled import partition_states
from sparkify.model import STAGING_EVENTS
from sparkify.warehouse.session import Warehouse
from sparkify.window import resolve_window
from tests.support.runs import Span, etl_dag, event, put_lines, put_paths, query, run_dag, song

FIVE, SIX = (f"log_data/2018/11/2018-11-0{day}-events.json" for day in (5, 6))
SPAN = ("2018-11-05T22:00:00Z", "2018-11-07T01:00:00Z")


@pytest.fixture
def plan(s3: Any, bucket: str, warehouse: Any) -> Any:
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])

    def plan(span: Span = SPAN) -> str:
        window = resolve_window(
            {"window_start": span[0], "window_end": span[1]}, interval=None, run_after=None
        )
        with Warehouse.connect("redshift_default") as connection:
            source = PartitionedSource(bucket, STAGING_EVENTS.source)
            partitions = partition_states(
                connection, s3, source, table="staging_events", span=window
            )
            songs = describe_folder(
                connection, s3, table="staging_songs", bucket=bucket, folder="song_data/"
            )
            return report(connection, window, partitions, [songs])

    return plan


def load(bucket: str, *window: str) -> None:
    run_dag(etl_dag(), window, bucket=bucket)


def words(text: str) -> str:
    return " ".join(text.split())


def test_objects_never_loaded_are_new_and_days_without_one_are_named(s3, bucket, plan):
    put_lines(s3, bucket, FIVE, [event("2018-11-05T22:30:00")])
    plan_text = words(plan())
    assert "27 hours, 2018-11-05T22:00Z to 2018-11-07T01:00Z" in plan_text
    size = s3.head_object(Bucket=bucket, Key=FIVE)["ContentLength"]
    assert f"s3://{bucket}/{FIVE} {size} bytes hours: 2 new" in plan_text
    assert f"s3://{bucket}/{SIX} no object hours: 24 no object" in plan_text
    assert (
        f"s3://{bucket}/song_data/: 1 objects, 1 new, 0 changed, 0 gone: 1 would be read"
        in plan_text
    )
    assert "staging_events 0 0" in plan_text
    assert plan_text.endswith(
        "would change songs and artists, and plays of any hour that a song there matches"
        " 2018-11-05T22:00Z to 2018-11-06T00:00Z"
    )


def test_hours_loaded_from_the_current_objects_would_not_change(s3, bucket, plan):
    put_lines(s3, bucket, FIVE, [event("2018-11-05T22:30:00")])
    load(bucket, "2018-11-05T22:00:00Z", "2018-11-06T00:00:00Z")
    plan_text = words(plan())
    assert "hours: 2 unchanged" in plan_text
    assert "all loaded: nothing would be read" in plan_text
    assert "songplays 1 0" in plan_text
    assert plan_text.endswith("no hour: each with an object is loaded from it as it is now")


def test_hours_that_are_out_of_date_are_named_with_the_rows_they_hold(s3, bucket, plan):
    rows = [event("2018-11-05T22:30:00"), event("2018-11-05T23:30:00", itemInSession=1)]
    put_lines(s3, bucket, FIVE, rows)
    load(bucket, "2018-11-05T22:00:00Z", "2018-11-06T00:00:00Z")
    put_lines(s3, bucket, FIVE, rows[:1])
    load(bucket, "2018-11-05T22:00:00Z", "2018-11-05T23:00:00Z")
    put_lines(s3, bucket, "song_data/1.json", [song("S1", title="Other")])
    plan_text = words(plan())
    assert "hours: 1 out of date, 1 unchanged" in plan_text
    assert "songplays 2 1" in plan_text
    assert "1 objects, 0 new, 1 changed, 0 gone: 1 would be read" in plan_text
    assert plan_text.endswith("song there matches 2018-11-05T23:00Z to 2018-11-06T00:00Z")


def test_an_hour_loaded_in_two_halves_is_loaded(s3, bucket, plan):
    put_lines(s3, bucket, FIVE, [event("2018-11-05T22:30:00")])
    for start, end in (("22:00", "22:30"), ("22:30", "23:00")):
        load(bucket, f"2018-11-05T{start}:00Z", f"2018-11-05T{end}:00Z")
    assert "hours: 1 new, 1 unchanged" in words(plan())


def test_a_span_of_too_many_days_is_refused_in_one_line(plan, capsys):
    assert main(["2010-01-01", "2018-11-02"]) == 2
    assert "is longer than 2,000 days" in capsys.readouterr().err


def test_an_hour_of_two_sources_counts_once(s3, bucket, warehouse):
    put_lines(s3, bucket, FIVE, [event("2018-11-05T22:30:00")])
    window = resolve_window(
        {"window_start": "2018-11-05T22:00", "window_end": "2018-11-06"},
        interval=None,
        run_after=None,
    )
    with Warehouse.connect("redshift_default") as connection:
        source = PartitionedSource(bucket, STAGING_EVENTS.source)
        one = partition_states(connection, s3, source, table="staging_events", span=window)
        text = words(report(connection, window, [*one, *one], []))
    assert text.startswith("2 hours,")
    assert text.endswith("would change 2018-11-05T22:00Z to 2018-11-06T00:00Z")


def test_a_plan_writes_nothing(s3, bucket, warehouse, plan):
    put_lines(s3, bucket, FIVE, [event("2018-11-05T22:30:00")])
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    plan()
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == keys
    assert query(warehouse, "select count(*) from load_ledger") == [(0,)]


def test_the_command_plans_the_dags_own_sources(s3, bucket, plan, monkeypatch, capsys):
    monkeypatch.setenv("AIRFLOW_VAR_SPARKIFY_SOURCE_BUCKET", bucket)
    put_lines(s3, bucket, FIVE, [event("2018-11-05T22:30:00")])
    assert main(["2018-11-05T22:00", "2018-11-06"]) == 0
    out = words(capsys.readouterr().out)
    assert re.search(rf"s3://{bucket}/{FIVE} \d+ bytes hours: 2 new", out)
    assert f"s3://{bucket}/song_data/" in out


def test_an_invalid_span_is_refused_and_nothing_is_read(capsys):
    assert main(["now", "2018-11-05"]) == 2
    assert "window_start 'now' is no time in ISO 8601" in capsys.readouterr().err


@pytest.mark.parametrize("given", [[], ["2018-11-05"], ["", ""], ["2018-11-05", ""]])
def test_half_a_span_is_refused_with_a_usage_message(given, capsys):
    with pytest.raises(SystemExit):
        main(given)
    assert "FROM" in capsys.readouterr().err
