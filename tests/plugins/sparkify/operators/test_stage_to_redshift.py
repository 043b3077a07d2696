"""StageToRedshiftOperator, against the endpoint and an S3 server."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from sparkify.failures import SourceChanged
from sparkify.operators import StageToRedshiftOperator
from sparkify.statements import statement
from tests.runs import event, put_lines, put_paths, query, run, song

DAY = ("2018-11-05T00:00:00Z", "2018-11-06T00:00:00Z")
HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
KEY = "log_data/2018/11/2018-11-05-events.json"
EVENT_COLUMNS = [
    "artist",
    "auth",
    "first_name",
    "gender",
    "item_in_session",
    "last_name",
    "length",
    "level",
    "location",
    "method",
    "page",
    "registration",
    "session_id",
    "song",
    "status",
    "ts",
    "user_agent",
    "user_id",
]


@pytest.fixture
def stage_events(s3: Any, bucket: str, warehouse: Any) -> Any:
    """Make an operator that stages events."""
    put_paths(s3, bucket)

    def make(**changes: Any) -> StageToRedshiftOperator:
        return StageToRedshiftOperator(
            **{
                "task_id": "stage_events",
                "table": "staging_events",
                "columns": EVENT_COLUMNS,
                "key_columns": ["session_id", "item_in_session"],
                "bucket": bucket,
                "key": "log_data/%Y/%m/%Y-%m-%d-events.json",
                "partition": "day",
                "event_time": "ts",
                "json": f"s3://{bucket}/log_json_path.json",
                "copy_options": ["TIMEFORMAT 'epochmillisecs'", "EMPTYASNULL"],
                "work_bucket": bucket,
            }
            | changes
        )

    return make


@pytest.fixture
def stage_songs(bucket: str, warehouse: Any) -> Any:
    """Make an operator that stages songs."""

    def make(**changes: Any) -> StageToRedshiftOperator:
        return StageToRedshiftOperator(
            **{
                "task_id": "stage_songs",
                "table": "staging_songs",
                "columns": list(song("S1")),
                "key_columns": ["song_id"],
                "bucket": bucket,
                "key": "song_data/",
                "copy_options": ["EMPTYASNULL"],
                "work_bucket": bucket,
            }
            | changes
        )

    return make


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
    assert answer == {"objects": 1, "read": 4, "staged": 2, "replaced": 0, "rejected": 0}
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


def test_no_object_for_the_window_skips_and_says_where_it_looked(bucket, stage_events):
    with pytest.raises(AirflowSkipException) as skipped:
        run(stage_events(), HOUR)
    assert str(skipped.value) == (
        f"no object at s3://{bucket}/{KEY} (window 2018-11-05T10:00Z to 2018-11-05T11:00Z)"
    )


def test_a_window_over_midnight_reads_both_days_and_names_the_one_that_is_not_there(
    s3, bucket, stage_events, capsys
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T23:59:00")])
    answer = run(stage_events(), ("2018-11-05T23:00:00Z", "2018-11-06T01:00:00Z"))
    assert answer["staged"] == 1
    assert "No object at" in (log := capsys.readouterr().out)
    assert "2018-11-06-events.json" in log


def test_the_ledger_says_what_was_loaded_from_which_object(s3, bucket, warehouse, stage_events):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00"), "{broken"])
    run(stage_events(), HOUR)
    etag = s3.head_object(Bucket=bucket, Key=KEY)["ETag"].strip('"')
    assert query(
        warehouse,
        "select load_id, table_name, object_key, etag, rows_read, rows_staged, rows_rejected,"
        " run_id, task_id from load_ledger",
    ) == [
        (1, "staging_events", f"s3://{bucket}/{KEY}", etag, 2, 1, 1, "manual__test", "stage_events")
    ]


def test_a_rejected_row_is_kept_with_object_line_column_reason_and_text(
    s3, bucket, warehouse, stage_events
):
    put_lines(
        s3,
        bucket,
        KEY,
        [
            event("2018-11-05T10:00:00"),
            event("2018-11-05T10:01:00", itemInSession="many"),
            event("2018-11-05T10:02:00", itemInSession=2, level="x" * 17),
        ],
    )
    assert run(stage_events(), HOUR)["rejected"] == 2
    rows = query(
        warehouse,
        "select object_key, line_number, column_name, error_code, reason, raw_text"
        " from load_errors order by line_number",
    )
    assert [row[:5] for row in rows] == [
        (f"s3://{bucket}/{KEY}", 2, "item_in_session", 1207,
         "Invalid digit, Value 'm', Pos 0, Type: Integer"),
        (f"s3://{bucket}/{KEY}", 3, "level", 1204, "String length exceeds DDL length"),
    ]  # fmt: skip
    assert '"itemInSession": "many"' in rows[0][5]


def test_a_row_of_another_day_is_rejected_and_not_lost(s3, bucket, warehouse, stage_events):
    stray = event("2018-11-06T00:00:00", sessionId=5, itemInSession=6)
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00"), stray])
    assert run(stage_events(), DAY) == {
        "objects": 1, "read": 2, "staged": 1, "replaced": 0, "rejected": 1,
    }  # fmt: skip
    ((reason, text),) = query(warehouse, "select reason, raw_text from load_errors")
    assert "outside of its object's 2018-11-05T00:00Z to 2018-11-06T00:00Z" in reason
    row = json.loads(text)
    assert (row["session_id"], row["item_in_session"], row["ts"], row["artist"]) == (
        5, 6, "2018-11-06 00:00:00", "The Lanterns",
    )  # fmt: skip


def test_past_the_budget_nothing_is_loaded_and_the_log_says_what_was_wrong(
    s3, bucket, warehouse, stage_events, caplog
):
    rows = [event("2018-11-05T10:00:00")]
    put_lines(s3, bucket, KEY, rows)
    run(stage_events(), HOUR)
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:05:00"), "{a", "{b", "{c"])
    with pytest.raises(AirflowFailException, match="nothing was loaded") as failed:
        run(stage_events(max_rejected=2), HOUR)
    assert f"s3://{bucket}/{KEY} line 2" in str(failed.value)
    assert f"Rejected: s3://{bucket}/{KEY} line 4" in caplog.text
    assert query(warehouse, "select cast(ts as varchar) from staging_events") == [
        ("2018-11-05 10:00:00",)
    ]
    assert query(warehouse, "select count(*) from load_ledger") == [(1,)]
    assert query(warehouse, "select count(*) from load_errors") == [(0,)]


def test_rows_of_another_day_count_against_the_budget(s3, bucket, warehouse, stage_events):
    put_lines(s3, bucket, KEY, [event("2018-11-06T00:00:00", itemInSession=n) for n in range(3)])
    with pytest.raises(AirflowFailException, match="3 rows were rejected; 2 may be"):
        run(stage_events(max_rejected=2), DAY)
    assert query(warehouse, "select count(*) from staging_events") == [(0,)]


def test_of_two_rows_with_one_key_the_first_by_content_is_loaded_whatever_their_order(
    s3, bucket, warehouse, stage_events
):
    pair = [event("2018-11-05T10:00:00", song="A"), event("2018-11-05T10:00:00", song="B")]
    for rows in (pair, pair[::-1]):
        put_lines(s3, bucket, KEY, rows)
        assert run(stage_events(), HOUR)["rejected"] == 1
        assert query(warehouse, "select song from staging_events") == [("A",)]
    ((reason, text),) = query(warehouse, "select distinct reason, raw_text from load_errors")
    assert reason == "another row has the same key, and was loaded"
    assert json.loads(text)["song"] == "B"


def test_of_two_rows_of_a_day_with_one_key_the_earlier_is_loaded_whatever_the_window(
    s3, bucket, warehouse, stage_events
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T11:00:00"), event("2018-11-05T10:00:00")])
    later = ("2018-11-05T11:00:00Z", "2018-11-05T12:00:00Z")
    for window in (later, HOUR, DAY, later):
        assert run(stage_events(), window)["rejected"] == 1
    assert query(warehouse, "select cast(ts as varchar) from staging_events") == [
        ("2018-11-05 10:00:00",)
    ]


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


def test_a_share_of_bad_rows_above_the_budget_fails_and_one_below_is_loaded(
    s3, bucket, warehouse, stage_events
):
    rows = [event("2018-11-05T10:00:00", itemInSession=n) for n in range(99)]
    put_lines(s3, bucket, KEY, [*rows, *["{bad"] * 11])
    assert run(stage_events(max_rejected_share=0.1), HOUR)["staged"] == 99
    with pytest.raises(AirflowFailException, match=r"11 of 110 rows were rejected, 10.0%; 5.0% ma"):
        run(stage_events(max_rejected_share=0.05), HOUR)
    assert query(warehouse, "select count(*) from load_errors") == [(11,)]


def test_a_handful_of_bad_rows_is_no_share(s3, bucket, warehouse, stage_events):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00"), *["{bad"] * 10])
    assert run(stage_events(max_rejected_share=0.1), HOUR)["rejected"] == 10


def test_the_ledgers_counts_of_an_object_add_up(s3, bucket, warehouse, stage_events):
    put_lines(
        s3,
        bucket,
        KEY,
        [
            event("2018-11-05T10:00:00"),
            event("2018-11-05T10:00:01"),  # the same key
            event("2018-11-05T12:00:00", itemInSession=1),  # outside of the window
            event("2018-11-06T10:00:00", itemInSession=2),  # outside of the object's day
            "",
            "{bad",
        ],
    )
    run(stage_events(), HOUR)
    assert query(
        warehouse,
        "select lines_read, rows_read, rows_staged, rows_outside, rows_rejected from load_ledger",
    ) == [(6, 5, 1, 1, 3)]


def test_a_missing_jsonpaths_file_fails_at_once_with_its_name(s3, bucket, stage_events):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    with pytest.raises(AirflowFailException, match=f"s3://{bucket}/no.json"):
        run(stage_events(json=f"s3://{bucket}/no.json"), HOUR)


def test_a_missing_table_fails_at_once_with_its_name(s3, bucket, stage_events):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    with pytest.raises(AirflowFailException, match='"staging_nothing" does not exist'):
        run(stage_events(table="staging_nothing"), HOUR)


def test_a_load_leaves_no_temporary_table_and_no_lock(s3, bucket, warehouse, stage_events):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    run(stage_events(), HOUR)
    left = (
        "select count(*) from pg_class where relname in ('arrived_rows', 'incoming_rows')"
        " union all select count(*) from pg_locks as l join pg_class as c on l.relation = c.oid"
        " where c.relname = 'staging_events'"
    )
    deadline = time.monotonic() + 5  # a session's end comes a little after its client's
    while query(warehouse, left) != [(0,), (0,)]:
        assert time.monotonic() < deadline, query(warehouse, left)
        time.sleep(0.05)


def test_songs_already_loaded_are_not_read_again(s3, bucket, warehouse, stage_songs):
    put_lines(s3, bucket, "song_data/A/1.json", [song("S1")])
    put_lines(s3, bucket, "song_data/A/2.json", [song("S2")])
    assert run(stage_songs())["staged"] == 2
    assert run(stage_songs()) == {
        "objects": 0, "read": 0, "staged": 0, "replaced": 0, "rejected": 0,
    }  # fmt: skip
    put_lines(s3, bucket, "song_data/B/3.json", [song("S3")])
    answer = run(stage_songs())
    assert (answer["objects"], answer["staged"]) == (1, 1)
    assert query(warehouse, "select song_id from staging_songs order by 1") == [
        ("S1",), ("S2",), ("S3",),
    ]  # fmt: skip


def test_a_song_that_changed_replaces_itself(s3, bucket, warehouse, stage_songs):
    put_lines(s3, bucket, "song_data/1.json", [song("S1", title="Nortbound")])
    run(stage_songs())
    put_lines(s3, bucket, "song_data/1.json", [song("S1", title="Northbound")])
    answer = run(stage_songs())
    assert (answer["replaced"], answer["staged"]) == (1, 1)
    assert query(warehouse, "select title from staging_songs") == [("Northbound",)]


def test_a_song_that_goes_back_to_an_older_version_is_loaded_again(
    s3, bucket, warehouse, stage_songs
):
    for title in ("Old", "New", "Old"):
        put_lines(s3, bucket, "song_data/1.json", [song("S1", title=title)])
        run(stage_songs())
    assert query(warehouse, "select title from staging_songs") == [("Old",)]


def test_the_loads_of_a_table_are_numbered_upwards(
    s3, bucket, warehouse, stage_songs, stage_events
):
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    run(stage_songs())
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    run(stage_events(), HOUR)
    s3.delete_object(Bucket=bucket, Key="song_data/1.json")
    run(stage_songs())  # a listing that changed, and nothing to load
    put_lines(s3, bucket, "song_data/2.json", [song("S2")])
    run(stage_songs())
    assert query(warehouse, "select table_name, load_id from load_ledger order by 1, 2") == [
        ("staging_events", 1),
        ("staging_songs", 1),
        ("staging_songs", 2),
        ("staging_songs", 3),
    ]


def test_a_song_that_is_gone_from_s3_goes(s3, bucket, warehouse, stage_songs):
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    put_lines(s3, bucket, "song_data/2.json", [song("S2")])
    run(stage_songs())
    s3.delete_object(Bucket=bucket, Key="song_data/1.json")
    assert (answer := run(stage_songs()))["replaced"] == 1
    assert answer["objects"] == 1
    assert query(warehouse, "select song_id from staging_songs") == [("S2",)]
    assert query(
        warehouse, "select etag from load_ledger where object_key like '%1.json' and load_id = 2"
    ) == [(None,)]
    s3.delete_object(Bucket=bucket, Key="song_data/2.json")
    run(stage_songs())
    assert query(warehouse, "select count(*) from staging_songs") == [(0,)]
    put_lines(s3, bucket, "song_data/3.json", [song("S3")])
    assert run(stage_songs())["objects"] == 1  # what went once is not missed again


def test_a_file_that_comes_to_hold_another_song_leaves_nothing_of_the_old_one(
    s3, bucket, warehouse, stage_songs
):
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    run(stage_songs())
    put_lines(s3, bucket, "song_data/1.json", [song("S2")])
    run(stage_songs())
    assert query(warehouse, "select song_id from staging_songs") == [("S2",)]


def test_of_two_files_with_one_song_the_same_one_is_loaded_whichever_came_first(
    s3, bucket, warehouse, stage_songs
):
    for titles in (("A", "B"), ("B", "A")):
        query(warehouse, "delete from staging_songs")
        query(warehouse, "delete from load_ledger")
        query(warehouse, "delete from load_listings")
        for title in titles:
            put_lines(s3, bucket, f"song_data/{title}.json", [song("S1", title=title)])
            answer = run(stage_songs())
        assert answer["rejected"] == 1
        assert query(warehouse, "select title from staging_songs") == [("A",)]
        s3.delete_object(Bucket=bucket, Key="song_data/A.json")
        s3.delete_object(Bucket=bucket, Key="song_data/B.json")


def test_a_listing_that_another_run_has_overtaken_is_made_anew(
    s3, bucket, warehouse, stage_songs, monkeypatch
):
    """Between the listing and the lock of one run, another loads a newer state."""
    from sparkify.staging import folder

    put_lines(s3, bucket, "song_data/1.json", [song("S1", title="Old")])
    put, once = folder._put, []

    def overtaken(*arguments: Any) -> Any:
        if not once:
            once.append(True)
            put_lines(s3, bucket, "song_data/1.json", [song("S1", title="New")])
            run(stage_songs())
        return put(*arguments)

    monkeypatch.setattr(folder, "_put", overtaken)
    assert run(stage_songs())["objects"] == 0
    assert query(warehouse, "select title from staging_songs") == [("New",)]


def test_a_file_that_changes_while_it_is_loaded_is_never_put_over_its_newer_state(
    s3, bucket, warehouse, stage_events, monkeypatch
):
    from sparkify.staging.copying import Copier

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


def test_any_other_table_can_be_staged(s3, bucket, warehouse):
    query(
        warehouse, "create table clicks (id bigint, page varchar(20), at timestamp, load_id bigint)"
    )
    put_lines(s3, bucket, "clicks/2018-11-05T10.json",
              [{"id": 1, "page": "a", "at": "2018-11-05 10:15:00"}])  # fmt: skip
    operator = StageToRedshiftOperator(
        task_id="stage_clicks", table="public.clicks", columns=["id", "page", "at"],
        key_columns=["id"], bucket=bucket, key="clicks/%Y-%m-%dT%H.json", partition="hour",
        event_time="at", work_bucket=bucket, iam_role="arn:aws:iam::123456789012:role/reader",
        region="us-west-2",
    )  # fmt: skip
    run(operator, HOUR)
    assert query(warehouse, "select id, page from clicks") == [(1, "a")]


def test_partition_without_event_time_is_an_error_of_the_dags_author():
    with pytest.raises(ValueError, match="go together"):
        StageToRedshiftOperator(
            task_id="x", table="t", columns=["a"], key_columns=["a"], bucket="b", key="k",
            work_bucket="w", partition="day",
        )  # fmt: skip


def test_a_fault_of_s3_during_copy_is_tried_again_and_not_taken_for_bad_data(
    s3, bucket, warehouse, stage_events, monkeypatch
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    monkeypatch.setattr("sparkify.staging.copying.manifest", lambda objects: b"{}")
    with pytest.raises(Exception, match="Invalid manifest") as failed:
        run(stage_events(), HOUR)
    assert not isinstance(failed.value, AirflowFailException)


def test_a_row_rejected_in_an_object_with_a_long_name_is_found_there(
    s3, bucket, warehouse, stage_songs
):
    key = f"song_data/{'long/' * 60}1.json"
    put_lines(s3, bucket, key, ["{oops"])
    assert run(stage_songs())["rejected"] == 1
    assert query(warehouse, "select object_key, raw_text from load_errors") == [
        (f"s3://{bucket}/{key}", "{oops")
    ]


def test_all_rows_of_a_file_landed_twice_are_counted(s3, bucket, warehouse, stage_songs):
    rows = [song(f"S{n}") for n in range(150)]
    put_lines(s3, bucket, "song_data/1.json", rows)
    put_lines(s3, bucket, "song_data/2.json", rows)
    assert run(stage_songs(max_rejected=200)) == {
        "objects": 2, "read": 300, "staged": 150, "replaced": 0, "rejected": 150,
    }  # fmt: skip
    assert query(
        warehouse,
        "select object_key, count(*), count(distinct raw_text) from load_errors group by 1",
    ) == [(f"s3://{bucket}/song_data/*", 150, 150)]


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b'{"sessionId": 1}'),
        '{"sessionId": 1}'.encode("utf-16"),
        b"[]",
        b"<Error>AccessDenied</Error>",
    ],
    ids=["gzip", "utf-16", "array", "xml"],
)
def test_a_file_of_which_no_row_can_be_read_fails_and_leaves_the_window_as_it_was(
    s3, bucket, warehouse, stage_events, body
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    run(stage_events(), HOUR)
    s3.put_object(Bucket=bucket, Key=KEY, Body=body)
    with pytest.raises(AirflowFailException, match=f"No row of s3://{bucket}/{KEY} could be read"):
        run(stage_events(), HOUR)
    assert query(warehouse, "select count(*) from staging_events") == [(1,)]


def test_an_empty_file_is_a_day_without_events(s3, bucket, warehouse, stage_events):
    s3.put_object(Bucket=bucket, Key=KEY, Body=b"")
    assert run(stage_events(), HOUR)["staged"] == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": "log_data/events.json"}, "has no date in it"),
        ({"key": "song.json", "partition": None, "event_time": None}, "is no folder"),
    ],
)
def test_a_key_that_does_not_fit_its_use_fails_at_once(stage_events, changes, message):
    with pytest.raises(AirflowFailException, match=message):
        run(stage_events(**changes), HOUR)


def test_a_row_that_is_lost_on_the_way_is_noticed_and_nothing_is_loaded(
    s3, bucket, warehouse, stage_events, monkeypatch
):
    """Should a statement ever keep fewer rows than it was given."""
    from sparkify.staging import windowed

    def lossy(path: str, **names: Any) -> str:
        sql = statement(path, **names)
        return f"{sql} and item_in_session <> 1" if path.endswith("keep_window.sql") else sql

    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00", itemInSession=n) for n in range(3)])
    monkeypatch.setattr(windowed, "statement", lossy)
    with pytest.raises(AirflowFailException, match="of 3 rows read, 2 were kept, 0 are outside"):
        run(stage_events(), HOUR)
    assert query(warehouse, "select count(*) from staging_events") == [(0,)]


def test_the_share_of_a_folder_counts_keys_that_came_twice(s3, bucket, warehouse, stage_songs):
    put_lines(s3, bucket, "song_data/1.json", [song("S1")] * 12 + [song("S2")])
    with pytest.raises(AirflowFailException, match=r"11 of 13 rows were rejected, 84.6%; 10.0% m"):
        run(stage_songs(max_rejected_share=0.1))
    assert query(warehouse, "select count(*) from staging_songs") == [(0,)]


def test_songs_of_a_bucket_that_is_no_longer_the_source_go(s3, bucket, warehouse, stage_songs):
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    run(stage_songs())
    put_lines(s3, bucket, "elsewhere/1.json", [song("S2")])
    run(stage_songs(key="elsewhere/"))
    assert query(warehouse, "select song_id from staging_songs") == [("S2",)]


@pytest.mark.parametrize(
    "budget", [{"max_rejected": 100_000}, {"max_rejected": -1}, {"max_rejected_share": 2}]
)
def test_a_budget_that_copy_does_not_know_is_an_error_of_the_dags_author(stage_songs, budget):
    with pytest.raises(ValueError, match="a budget of"):
        stage_songs(**budget)
