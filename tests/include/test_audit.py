"""The audit's statements: which object was loaded when, and which rows were rejected."""

from __future__ import annotations

from typing import Any

import pytest

from tests.quality.good_data import insert
from tests.support.runs import SQL, Span, etl_dag, event, put_lines, put_paths, query, run_dag, song

KEY = "log_data/2018/11/2018-11-05-events.json"
WINDOW: Span = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")


@pytest.fixture
def loaded(s3: Any, bucket: str, warehouse: Any) -> str:
    """An hour that was loaded with a bad line, and loaded again after its file had grown."""
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    rows = [event("2018-11-05T10:00:00", itemInSession=n) for n in range(20)]
    for more in ([], [event("2018-11-05T10:30:00", itemInSession=20)]):
        put_lines(s3, bucket, KEY, [*rows, "{bad", *more])
        run_dag(etl_dag(), WINDOW, bucket=bucket)
    return f"s3://{bucket}/{KEY}"


def ask(warehouse: Any, name: str) -> list[dict[str, Any]]:
    cursor = warehouse.cursor()
    cursor.execute((SQL / "audit" / f"{name}.sql").read_text())
    names = [str(column[0]) for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_loaded_objects_says_what_came_from_which_object_the_newest_first(warehouse, loaded):
    rows = [row for row in ask(warehouse, "loaded_objects") if row["object_key"] == loaded]
    assert [row["rows_read"] for row in rows] == [22, 21]
    assert [row["rows_rejected"] for row in rows] == [1, 1]
    assert rows[0]["etag"] != rows[1]["etag"]


def test_loaded_objects_has_every_verdict_and_the_rule_that_ignored_an_object(warehouse, loaded):
    insert(warehouse, "load_ledger", load_id=9, table_name="staging_songs", object_key="_SUCCESS",
           ignored_by="hidden", loaded_at="2099-01-01")  # fmt: skip
    row = ask(warehouse, "loaded_objects")[0]
    assert (row["object_key"], row["ignored_by"]) == ("_SUCCESS", "hidden")
    assert {"rows_misplaced", "rows_identical", "rows_conflicting"} <= row.keys()


def test_ignored_objects_has_each_object_once_with_the_rule(warehouse, loaded):
    assert ask(warehouse, "ignored_objects") == []
    for load_id in (8, 9):
        insert(warehouse, "load_ledger", load_id=load_id, table_name="staging_songs",
               object_key="_SUCCESS", ignored_by="hidden",
               loaded_at=f"2099-01-0{load_id}")  # fmt: skip
    ((row),) = ask(warehouse, "ignored_objects")
    assert (row["object_key"], row["ignored_by"]) == ("_SUCCESS", "hidden")
    assert row["first_seen_at"] < row["last_seen_at"]


def test_late_rows_has_what_the_newest_load_of_each_day_found(warehouse, loaded):
    for hour, load_id in (("08:00", 5), ("09:00", 4), ("09:00", 5)):
        insert(warehouse, "load_late_rows", load_id=load_id, table_name="staging_events",
               object_key=loaded, hour_start=f"2018-11-05 {hour}", rows_late=load_id,
               rows_gone=0)  # fmt: skip
    hours = [(row["hour_start"].hour, row["rows_late"]) for row in ask(warehouse, "late_rows")]
    assert hours == [(9, 5), (8, 5)]
    other = {"table_name": "staging_events", "object_key": loaded}
    insert(warehouse, "load_ledger", load_id=6, window_start="2018-11-06 09:00", **other)
    assert len(ask(warehouse, "late_rows")) == 2
    insert(warehouse, "load_ledger", load_id=7, window_start="2018-11-05 12:00", **other)
    assert ask(warehouse, "late_rows") == []


def test_rejected_rows_has_each_line_once_with_its_text(warehouse, loaded):
    ((row),) = ask(warehouse, "rejected_rows")
    assert (row["object_key"], row["line_number"], row["raw_text"], row["times"]) == (
        loaded, 21, "{bad", 2,
    )  # fmt: skip


def test_rejected_rows_names_the_run_that_met_the_line_last(warehouse, loaded):
    first = "(select min(rejected_at) from load_errors)"
    query(warehouse, f"update load_errors set run_id = 'zzz' where rejected_at = {first}")
    ((row),) = ask(warehouse, "rejected_rows")
    newest = "(select max(rejected_at) from load_errors)"
    ((last,),) = query(warehouse, f"select run_id from load_errors where rejected_at = {newest}")
    assert row["run_id"] == last != "zzz"


def test_rejects_by_reason_counts_lines_and_loads(warehouse, loaded):
    ((row),) = ask(warehouse, "rejects_by_reason")
    assert (row["object_key"], row["rejected_rows"], row["loads"]) == (loaded, 1, 2)


def test_objects_loaded_again_are_those_that_changed(warehouse, loaded):
    ((row),) = ask(warehouse, "objects_loaded_again")
    assert (row["object_key"], row["versions"]) == (loaded, 2)


def test_duplicate_plays_looks_at_all_of_the_table(warehouse, loaded):
    assert ask(warehouse, "duplicate_plays") == []
    query(
        warehouse,
        "insert into songplays (songplay_id, start_time, session_id)"
        " values ('1-0', '2020-01-01', 1)",
    )
    ((row),) = ask(warehouse, "duplicate_plays")
    assert (row["songplay_id"], row["copies"]) == ("1-0", 2)


def test_check_history_has_the_failures_with_their_rows(warehouse, loaded):
    rows = ask(warehouse, "check_history")
    # Ignore the freshness checks: which sources have files does not matter for this test.
    samples = {row["check_name"]: row["sample_rows"] for row in rows}
    assert {name for name in samples if not name.endswith("_fresh")} == {"no_rows_rejected"}
    assert "{bad" in samples["no_rows_rejected"]
