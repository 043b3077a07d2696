"""Each row's verdict, the error budget, and the ledger."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.loads import judging, windowed
from sparkify.warehouse.statements import statement
from tests.support.runs import event, put_lines, query, run

DAY = ("2018-11-05T00:00:00Z", "2018-11-06T00:00:00Z")
HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
KEY = "log_data/2018/11/2018-11-05-events.json"


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
    answer = run(stage_events(), DAY)
    assert answer == dict.fromkeys(answer, 0) | {
        "objects": 1, "read": 2, "staged": 1, "rejected": 1,
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
    elsewhere = [event("2018-11-06T00:00:00", itemInSession=n) for n in range(3)]
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00", sessionId=2), *elsewhere])
    with pytest.raises(AirflowFailException, match="3 rows were rejected; 2 may be"):
        run(stage_events(max_rejected=2), DAY)
    assert query(warehouse, "select count(*) from staging_events") == [(0,)]


def test_among_two_rows_with_one_key_the_first_by_content_is_loaded_whatever_their_order(
    s3, bucket, warehouse, stage_events
):
    pair = [event("2018-11-05T10:00:00", song="A"), event("2018-11-05T10:00:00", song="B")]
    for rows in (pair, pair[::-1]):
        put_lines(s3, bucket, KEY, rows)
        assert run(stage_events(max_rejected=0), HOUR)["conflicting"] == 1
        assert query(warehouse, "select song from staging_events") == [("A",)]
    ((reason, text),) = query(warehouse, "select distinct reason, raw_text from load_errors")
    assert reason == "another row has the same key, and was loaded"
    assert json.loads(text)["song"] == "B"


def test_among_two_rows_of_a_day_with_one_key_the_earlier_is_loaded_whatever_the_window(
    s3, bucket, warehouse, stage_events
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T11:00:00"), event("2018-11-05T10:00:00")])
    later = ("2018-11-05T11:00:00Z", "2018-11-05T12:00:00Z")
    for window in (later, HOUR, DAY, later):
        assert run(stage_events(), window)["conflicting"] == 1
    assert query(warehouse, "select cast(ts as varchar) from staging_events") == [
        ("2018-11-05 10:00:00",)
    ]


def test_a_share_of_bad_rows_above_the_budget_fails_and_one_below_is_loaded(
    s3, bucket, warehouse, stage_events
):
    rows = [event("2018-11-05T10:00:00", itemInSession=n) for n in range(99)]
    put_lines(s3, bucket, KEY, [*rows, *["{bad"] * 11])
    assert run(stage_events(max_rejected_share=0.1), HOUR)["staged"] == 99
    with pytest.raises(AirflowFailException, match=r"11 of 110 rows were rejected, 10.0%; 5.0% ma"):
        run(stage_events(max_rejected_share=0.05), HOUR)
    assert query(warehouse, "select count(*) from load_errors") == [(11,)]


def test_a_few_bad_rows_do_not_count_as_a_share(s3, bucket, warehouse, stage_events):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00"), *["{bad"] * 10])
    assert run(stage_events(max_rejected_share=0.1), HOUR)["rejected"] == 10


def test_every_row_has_one_verdict_and_the_ledgers_counts_add_up(
    s3, bucket, warehouse, stage_events
):
    kept = event("2018-11-05T10:00:00")
    put_lines(
        s3,
        bucket,
        KEY,
        [
            kept,
            kept,  # identical
            event("2018-11-05T10:00:01"),  # conflicting: the same key
            event("2018-11-05T10:00:01"),  # identical to the conflicting one
            event("2018-11-05T12:00:00", itemInSession=1),  # outside of the window
            event("2018-11-05T12:00:00", itemInSession=1),  # a copy of that
            event("2018-11-06T10:00:00", itemInSession=2),  # outside of the object's day
            event("2018-11-04T10:00:00"),  # of another day, with a key of this one
            "",
            "{bad",
        ],
    )
    answer = run(stage_events(), HOUR)
    counts = (
        "select lines_read, rows_read, rows_staged, rows_outside, rows_misplaced,"
        " rows_identical, rows_conflicting, rows_rejected from load_ledger"
    )
    assert query(warehouse, counts) == [(10, 9, 1, 1, 2, 3, 1, 1)]
    assert answer == {
        "objects": 1, "read": 9, "staged": 1, "replaced": 0, "outside": 1, "rejected": 3,
        "identical": 3, "conflicting": 1, "late": 0,
    }  # fmt: skip
    verdicts = "select verdict, count(*) from load_errors group by 1 order by 1"
    assert query(warehouse, verdicts) == [("bad", 1), ("conflicting", 1), ("misplaced", 2)]


def test_rows_that_a_load_skips_are_in_its_log(s3, bucket, stage_events, caplog):
    rows = [event("2018-11-05T10:00:00"), event("2018-11-05T10:00:00", song="Ebb"), "{bad"]
    put_lines(s3, bucket, KEY, [*rows, event("2018-11-06T10:00:00")])
    run(stage_events(), HOUR)
    assert f"Rejected: s3://{bucket}/{KEY} line 3" in caplog.text
    assert "another row has the same key" in caplog.text
    assert "is outside of its object's" in caplog.text


def test_identical_copies_are_counted_and_do_not_use_the_budget(
    s3, bucket, warehouse, stage_events
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")] * 200)
    answer = run(stage_events(max_rejected=0, max_rejected_share=0), HOUR)
    assert (answer["staged"], answer["identical"]) == (1, 199)
    assert query(warehouse, "select count(*) from load_errors") == [(0,)]


def test_two_users_with_one_event_key_fail_the_load_and_both_rows_are_named(
    s3, bucket, warehouse, stage_events
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    run(stage_events(key_owner="user_id"), HOUR)
    other = event("2018-11-05T15:00:00", userId="8", song="Ebb")
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00"), other])
    with pytest.raises(AirflowFailException, match="not one user_id") as failed:
        run(stage_events(key_owner="user_id"), HOUR)
    assert '"user_id": "7"' in str(failed.value)
    assert '"user_id": "8"' in str(failed.value)
    assert query(warehouse, "select count(*) from staging_events") == [(1,)]


def test_a_visitor_who_logs_in_is_no_second_user(s3, bucket, warehouse, stage_events):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00"),
                                event("2018-11-05T10:00:01", userId="")])  # fmt: skip
    assert run(stage_events(key_owner="user_id"), HOUR)["conflicting"] == 1


@pytest.mark.parametrize(
    "rows",
    [
        [event("2018-11-05T10:00:00", ts=1541412000 + n) for n in range(9)],  # in seconds
        [event("2018-11-06T10:00:00", itemInSession=n) for n in range(3)],
        [event("2018-11-06T10:00:00"), "{bad"],
        ["{bad"],
        ["", ""],
        [" \t\r", ""],
        ["\ufeff"],
    ],
    ids=[
        "ts in seconds",
        "of another day",
        "of another day and bad",
        "one bad line",
        "a blank line",
        "white space",
        "a byte order mark",
    ],
)
def test_an_object_without_a_usable_row_fails_and_deletes_nothing(
    rows, s3, bucket, warehouse, stage_events
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    run(stage_events(), HOUR)
    put_lines(s3, bucket, KEY, rows)
    with pytest.raises(AirflowFailException, match=f"No row of s3://{bucket}/{KEY}"):
        run(stage_events(), HOUR)
    assert query(warehouse, "select count(*) from staging_events") == [(1,)]


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        (lambda row: row(1) + row(2)[:60] + row(3) + row(4), True),
        (lambda row: row(1) + b"\n" + row(2)[:60] + row(3), True),
        (lambda row: row(1) + b'{"a": }' + row(3), True),
        (lambda row: b'{\n"sessionId": 1,\n"song": "cut\n' + row(3), True),
        (lambda row: row(1) + b"\n" + row(2)[:60] + b"\n" + row(3), False),
        (lambda row: row(1) + b"\n// note\n" + row(3), False),
        (lambda row: row(1) + b"\n" + row(3)[:60], False),
    ],
    ids=[
        "in one line", "before another in its line", "broken between two", "over several lines",
        "a line of its own", "a comment", "the last line",
    ],
)  # fmt: skip
def test_a_broken_record_that_may_hide_others_fails_the_load(
    body, hidden, s3, bucket, warehouse, stage_events
):
    def row(item: int) -> bytes:
        return json.dumps(event("2018-11-05T10:00:00", itemInSession=item)).encode()

    s3.put_object(Bucket=bucket, Key=KEY, Body=body(row))
    if hidden:
        with pytest.raises(AirflowFailException, match="may have passed over others"):
            run(stage_events(), HOUR)
        assert query(warehouse, "select count(*) from staging_events") == [(0,)]
    else:
        assert run(stage_events(), HOUR)["rejected"] == 1


def test_a_record_that_is_nested_too_deeply_is_one_bad_row_and_no_trouble_for_the_contract(
    s3, bucket, warehouse, stage_events
):
    deep = json.dumps(event("2018-11-05T10:30:00", itemInSession=1))[:-1]
    deep += ', "context": ' + '{"in":' * 5000 + "1" + "}" * 5000 + "}"
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00"), deep])
    answer = run(stage_events(contract="events.json"), HOUR)
    assert (answer["staged"], answer["rejected"]) == (1, 1)
    assert query(warehouse, "select line_number from load_errors") == [(2,)]


def test_records_without_line_breaks_are_loaded_each(s3, bucket, warehouse, stage_events):
    rows = [event("2018-11-05T10:00:00", itemInSession=n) for n in range(500)]
    s3.put_object(Bucket=bucket, Key=KEY, Body="".join(map(json.dumps, rows)).encode())
    assert run(stage_events(), HOUR)["staged"] == 500


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


@pytest.mark.parametrize(
    ("file", "module", "message"),
    [
        ("insert_kept", windowed, "3 rows were to be kept, 2 were inserted"),
        (
            "count_verdicts",
            judging,
            "loaded 3 rows and refused 0, but the verdicts are 2 kept",
        ),
    ],
)
def test_a_lost_row_is_detected_and_nothing_is_loaded(
    file, module, message, s3, bucket, warehouse, stage_events, monkeypatch
):
    """Simulates a statement that keeps or counts fewer rows than it was given."""

    def lossy(path: str, **names: Any) -> str:
        sql = statement(path, **names)
        if not path.endswith(f"{file}.sql"):
            return sql
        head, group, rest = sql.partition("group by")
        return f"{head} and item_in_session <> 1 {group}{rest}"

    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00", itemInSession=n) for n in range(3)])
    monkeypatch.setattr(module, "statement", lossy)
    with pytest.raises(AirflowFailException, match=message):
        run(stage_events(), HOUR)
    assert query(warehouse, "select count(*) from staging_events") == [(0,)]
