"""StageToRedshiftOperator on a window of a partitioned source."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from sparkify.failures import SourceChanged
from sparkify.model import STAGING_EVENTS, Folder, Partitioned, StagingTable
from tests.support.runs import event, put_lines, query, run
from tests.support.runs import stage as stage_table

DAY = ("2018-11-05T00:00:00Z", "2018-11-06T00:00:00Z")
HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
KEY = "log_data/2018/11/2018-11-05-events.json"


def test_only_the_windows_rows_are_kept(s3, bucket, warehouse, stage_events, conn_type):
    put_lines(
        s3,
        bucket,
        KEY,
        [
            event("2018-11-05T09:59:59.999", itemInSession=1),
            event("2018-11-05T10:00:00.000", itemInSession=2),
            event("2018-11-05T10:59:59.999", itemInSession=3),
            event("2018-11-05T11:00:00.000", itemInSession=4),
        ],
    )
    answer = run(stage_events(), HOUR)
    assert answer == dict.fromkeys(answer, 0) | {
        "objects": 1, "read": 4, "staged": 2, "outside": 2,
    }  # fmt: skip
    assert query(warehouse, "select item_in_session from staging_events order by 1") == [(2,), (3,)]


def test_values_arrive_as_they_are_in_the_object(s3, bucket, warehouse, stage_events):
    odd = event(
        "2018-11-05T10:00:00.796", artist=311, song="Dé\tjà § [Live]", length=246.30812,
        userAgent='"Mozilla/5.0 (X11; \\"U\\")"', userId="", registration=None,
    )  # fmt: skip
    put_lines(s3, bucket, KEY, [odd])
    run(stage_events(), HOUR)
    rows = query(
        warehouse,
        "select artist, song, cast(length as varchar), cast(ts as varchar), user_agent, user_id,"
        " registration from staging_events",
    )
    assert rows == [
        (
            "311",
            "Dé\tjà § [Live]",
            "246.30812",
            "2018-11-05 10:00:00.796",
            odd["userAgent"],
            None,
            None,
        )
    ]


def test_a_second_load_of_a_window_replaces_it_and_nothing_else(
    s3, bucket, warehouse, stage_events
):
    first = [
        event("2018-11-05T09:30:00", itemInSession=1),
        event("2018-11-05T10:00:00", itemInSession=2),
        event("2018-11-05T11:00:00", itemInSession=4),
    ]
    put_lines(s3, bucket, KEY, first)
    run(stage_events(), DAY)
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:31:00", itemInSession=3)])
    answer = run(stage_events(), HOUR)
    assert (answer["replaced"], answer["staged"]) == (1, 1)
    left = query(warehouse, "select item_in_session from staging_events order by 1")
    assert left == [(1,), (3,), (4,)]


def test_no_object_for_the_window_skips_and_says_once_where_it_looked(bucket, stage_events, caplog):
    with pytest.raises(AirflowSkipException) as skipped:
        run(stage_events(), HOUR)
    assert str(skipped.value) == (
        f"no object at s3://{bucket}/{KEY} (window 2018-11-05T10:00Z to 2018-11-05T11:00Z)"
    )
    assert "No object at" not in caplog.text  # Airflow logs the exception


def test_of_many_days_without_an_object_the_first_and_the_last_are_named(bucket, stage_events):
    first, last = (f"s3://{bucket}/{KEY}".replace("-11-05", f"-11-0{day}") for day in (1, 4))
    with pytest.raises(AirflowSkipException, match=re.escape(f"{first} … {last} (4 in all)")):
        run(stage_events(), ("2018-11-01T00:00:00Z", "2018-11-05T00:00:00Z"))


def test_a_window_over_midnight_reads_both_days_and_names_a_missing_one(
    s3, bucket, stage_events, caplog
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T23:59:00")])
    answer = run(stage_events(), ("2018-11-05T23:00:00Z", "2018-11-06T01:00:00Z"))
    assert answer["staged"] == 1
    assert f"No object at s3://{bucket}/log_data/2018/11/2018-11-06-events.json" in caplog.text


def test_a_day_without_an_object_keeps_its_rows_when_a_longer_window_is_loaded(
    s3, bucket, warehouse, stage_events
):
    both = ("2018-11-05T00:00:00Z", "2018-11-07T00:00:00Z")
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    put_lines(s3, bucket, KEY.replace("05-e", "06-e"), [event("2018-11-06T10:00:00", sessionId=2)])
    run(stage_events(), both)
    s3.delete_object(Bucket=bucket, Key=KEY)
    assert run(stage_events(), both)["replaced"] == 1
    assert query(warehouse, "select count(*) from staging_events") == [(2,)]


def test_a_missing_jsonpaths_file_fails_at_once_with_its_name(s3, bucket, stage_events):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    with pytest.raises(AirflowFailException, match=f"s3://{bucket}/no.json"):
        run(stage_events(json_paths="no.json"), HOUR)


def test_a_missing_table_fails_at_once_with_its_name(s3, bucket, stage_events):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    with pytest.raises(AirflowFailException, match='"staging_nothing" does not exist'):
        run(stage_events(name="staging_nothing"), HOUR)


def test_a_load_leaves_no_temporary_table_and_no_lock(s3, bucket, warehouse, stage_events):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    run(stage_events(), HOUR)
    left = (
        "select count(*) from pg_class where relname in ('arrived_rows', 'incoming_rows')"
        " union all select count(*) from pg_locks as l join pg_class as c on l.relation = c.oid"
        " where c.relname = 'staging_events'"
    )
    deadline = time.monotonic() + 5  # a session ends shortly after its client
    while query(warehouse, left) != [(0,), (0,)]:
        assert time.monotonic() < deadline, query(warehouse, left)
        time.sleep(0.05)


def test_a_file_that_changes_during_its_load_never_replaces_its_newer_state(
    s3, bucket, warehouse, stage_events, monkeypatch
):
    from sparkify.loads.copying import Copier

    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00", song="Old")])
    copy = Copier.copy

    def copy_then_change(self: Copier, *arguments: Any) -> Any:
        answer = copy(self, *arguments)
        put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00", song="New")])
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(Copier, "copy", copy_then_change)
        with pytest.raises(SourceChanged, match="changed while it was loaded"):
            run(stage_events(), HOUR)
    assert query(warehouse, "select count(*) from staging_events") == [(0,)]
    run(stage_events(), HOUR)
    assert query(warehouse, "select song from staging_events") == [("New",)]


def test_a_table_outside_the_model_can_be_staged(s3, bucket, warehouse):
    query(warehouse, "create table lock_clicks (locked boolean)")
    query(
        warehouse, "create table clicks (id bigint, page varchar(20), at timestamp, load_id bigint)"
    )
    put_lines(s3, bucket, "clicks/2018-11-05T10.json",
              [{"id": 1, "page": "a", "at": "2018-11-05 10:15:00"}])  # fmt: skip
    clicks = StagingTable(
        name="public.clicks",
        columns=("id", "page", "at"),
        key=("id",),
        source=Partitioned("clicks/%Y-%m-%dT%H.json", "hour"),
        event_time="at",
    )
    operator = stage_table(
        clicks, bucket, task_id="stage_clicks", iam_role="arn:aws:iam::123456789012:role/reader"
    )
    run(operator, HOUR)
    assert query(warehouse, "select id, page from clicks") == [(1, "a")]


def test_a_partitioned_source_needs_an_event_time_and_a_folder_has_none():
    with pytest.raises(ValueError, match="needs an event_time"):
        replace(STAGING_EVENTS, event_time=None)
    with pytest.raises(ValueError, match="a folder has none"):
        replace(STAGING_EVENTS, source=Folder("log_data/"))


def test_a_fault_of_s3_during_copy_is_retried_and_not_taken_for_bad_data(
    s3, bucket, warehouse, stage_events, monkeypatch
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    monkeypatch.setattr("sparkify.loads.copying.manifest", lambda objects: b"{}")
    with pytest.raises(Exception, match="Invalid manifest") as failed:
        run(stage_events(), HOUR)
    assert not isinstance(failed.value, AirflowFailException)


def test_an_empty_file_is_a_day_without_events(s3, bucket, warehouse, stage_events):
    s3.put_object(Bucket=bucket, Key=KEY, Body=b"")
    assert run(stage_events(), HOUR)["staged"] == 0


def test_a_folder_without_a_slash_at_its_end_fails_at_once(stage_songs):
    with pytest.raises(AirflowFailException, match="is no folder"):
        run(stage_songs(key="song.json"))


def test_a_key_rendered_by_jinja_names_the_one_file_of_the_run(s3, bucket, warehouse, stage_events):
    put_lines(s3, bucket, "days/2018-11-05-events.json", [event("2018-11-05T10:00:00")])
    operator = stage_events(key="days/{{ day }}-events.json")
    operator.render_template_fields({"day": "2018-11-05"})
    assert run(operator, HOUR)["staged"] == 1
    with pytest.raises(AirflowFailException, match="touches 2 days: put a date into the key"):
        run(operator, ("2018-11-05T23:00:00Z", "2018-11-06T01:00:00Z"))
