"""StageToRedshiftOperator on a folder of objects."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.loads import folder
from sparkify.loads.copying import Copier
from sparkify.warehouse.statements import statement
from tests.support.runs import event, put_lines, query, run, song

DAY = ("2018-11-05T00:00:00Z", "2018-11-06T00:00:00Z")
HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
KEY = "log_data/2018/11/2018-11-05-events.json"


def test_songs_already_loaded_are_not_read_again(s3, bucket, warehouse, stage_songs):
    put_lines(s3, bucket, "song_data/A/1.json", [song("S1")])
    put_lines(s3, bucket, "song_data/A/2.json", [song("S2")])
    assert run(stage_songs())["staged"] == 2
    assert not any(run(stage_songs()).values())
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
    run(stage_songs())  # the listing changed, but there is nothing to load
    put_lines(s3, bucket, "song_data/2.json", [song("S2")])
    run(stage_songs())
    assert query(warehouse, "select table_name, load_id from load_ledger order by 1, 2") == [
        ("staging_events", 1),
        ("staging_songs", 1),
        ("staging_songs", 2),
        ("staging_songs", 3),
    ]


def test_a_song_that_is_deleted_from_s3_is_removed(s3, bucket, warehouse, stage_songs):
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
    assert run(stage_songs())["objects"] == 1  # a deleted object is reported only once


def test_a_file_that_gets_another_song_loses_the_old_one(s3, bucket, warehouse, stage_songs):
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    run(stage_songs())
    put_lines(s3, bucket, "song_data/1.json", [song("S2")])
    run(stage_songs())
    assert query(warehouse, "select song_id from staging_songs") == [("S2",)]


def test_if_two_files_have_one_song_the_same_one_is_loaded_whichever_came_first(
    s3, bucket, warehouse, stage_songs
):
    for titles in (("A", "B"), ("B", "A")):
        query(warehouse, "delete from staging_songs")
        query(warehouse, "delete from load_ledger")
        query(warehouse, "delete from load_listings")
        for title in titles:
            put_lines(s3, bucket, f"song_data/{title}.json", [song("S1", title=title)])
            answer = run(stage_songs())
        assert (answer["conflicting"], answer["rejected"]) == (titles[0] == "A", 0)
        assert query(warehouse, "select title from staging_songs") == [("A",)]
        # Whichever came first, the other row is recorded.
        left_out = "select raw_text from load_errors where verdict = 'conflicting'"
        ((text,),) = query(warehouse, left_out)
        assert json.loads(text)["title"] == "B"
        query(warehouse, "delete from load_errors")
        s3.delete_object(Bucket=bucket, Key="song_data/A.json")
        s3.delete_object(Bucket=bucket, Key="song_data/B.json")


def test_a_listing_that_another_run_has_made_outdated_is_repeated(
    s3, bucket, warehouse, stage_songs, monkeypatch
):
    """Between one run's listing and its lock, another run loads a newer state."""
    put_lines(s3, bucket, "song_data/1.json", [song("S1", title="Old")])
    changed_since, once = folder.changed_since, []

    def overtaken(*arguments: Any) -> Any:
        changed = changed_since(*arguments)
        if not once:
            once.append(True)
            put_lines(s3, bucket, "song_data/1.json", [song("S1", title="New")])
            run(stage_songs())
        return changed

    monkeypatch.setattr(folder, "changed_since", overtaken)
    assert run(stage_songs())["objects"] == 0
    assert query(warehouse, "select title from staging_songs") == [("New",)]


def test_an_object_that_changes_while_a_folder_is_read_is_read_again(
    s3, bucket, warehouse, stage_songs, monkeypatch
):
    put_lines(s3, bucket, "song_data/1.json", [song("S1", title="Old")])
    copy, once = Copier.copy, []

    def copy_then_change(self: Copier, *arguments: Any) -> Any:
        account = copy(self, *arguments)
        if not once:
            once.append(True)
            put_lines(s3, bucket, "song_data/1.json", [song("S1", title="New")])
        return account

    monkeypatch.setattr(Copier, "copy", copy_then_change)
    assert run(stage_songs())["staged"] == 1
    assert query(warehouse, "select title from staging_songs") == [("New",)]


def test_songs_that_land_while_a_folder_is_read_wait_for_the_next_run(
    s3, bucket, warehouse, stage_songs, monkeypatch
):
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    copy, copies = Copier.copy, []

    def copy_then_land(self: Copier, *arguments: Any) -> Any:
        account = copy(self, *arguments)
        copies.append(len(arguments[1]))
        put_lines(s3, bucket, f"song_data/late-{len(copies)}.json", [song(f"L{len(copies)}")])
        return account

    monkeypatch.setattr(Copier, "copy", copy_then_land)
    assert run(stage_songs())["objects"] == 1
    assert run(stage_songs())["objects"] == 1
    assert copies == [1, 1]
    assert query(warehouse, "select song_id from staging_songs order by 1") == [("L1",), ("S1",)]


def test_a_row_rejected_in_an_object_with_a_long_name_is_found_there(
    s3, bucket, warehouse, stage_songs, caplog
):
    key = f"song_data/{'long/' * 60}1.json"
    put_lines(s3, bucket, key, ["{oops", song("S1")])
    assert run(stage_songs())["rejected"] == 1
    assert f"Rejected: s3://{bucket}/{key} line 1" in caplog.text
    assert query(warehouse, "select object_key, raw_text from load_errors") == [
        (f"s3://{bucket}/{key}", "{oops")
    ]


def test_all_rows_of_a_file_landed_twice_are_counted(s3, bucket, warehouse, stage_songs):
    rows = [song(f"S{n}") for n in range(150)]
    put_lines(s3, bucket, "song_data/1.json", rows)
    put_lines(s3, bucket, "song_data/2.json", rows)
    answer = run(stage_songs(max_rejected=0))
    assert answer == dict.fromkeys(answer, 0) | {
        "objects": 2, "read": 300, "staged": 150, "identical": 150,
    }  # fmt: skip
    assert query(warehouse, "select count(*) from load_errors") == [(0,)]


def test_a_song_that_comes_again_in_a_later_load_is_identical_and_nothing_changes(
    s3, bucket, warehouse, stage_songs
):
    put_lines(s3, bucket, "song_data/1.json", [song("S1"), song("S2")])
    run(stage_songs())
    put_lines(s3, bucket, "song_data/2.json", [song("S1"), song("S2")])
    answer = run(stage_songs())
    assert answer == dict.fromkeys(answer, 0) | {"objects": 1, "read": 2, "identical": 2}
    assert query(warehouse, "select count(*) from load_errors") == [(0,)]
    assert query(warehouse, "select voids_rows from load_listings order by load_id") == [
        (False,), (False,),
    ]  # fmt: skip


def test_copies_of_songs_do_not_use_the_budget_and_conflicting_ones_are_recorded(
    s3, bucket, warehouse, stage_songs
):
    put_lines(s3, bucket, "song_data/1.json", [song("S1")] * 12 + [song("S2"), song("S2", year=1)])
    answer = run(stage_songs(max_rejected=0, max_rejected_share=0))
    assert (answer["staged"], answer["identical"], answer["conflicting"]) == (2, 11, 1)
    assert query(warehouse, "select column_name, verdict, reason from load_errors") == [
        ("song_id", "conflicting", "another row has the same key, and was loaded")
    ]


def test_the_counts_of_several_songs_stand_in_a_row_of_their_own_and_add_up(
    s3, bucket, warehouse, stage_songs
):
    put_lines(s3, bucket, "song_data/1.json", [song("S1"), song("S1", year=1), song("S2")])
    put_lines(s3, bucket, "song_data/2.json", [song("S1"), "{bad", song("S3")])
    run(stage_songs())
    counts = (
        "select object_key, lines_read, rows_read, rows_staged, rows_outside, rows_misplaced,"
        " rows_identical, rows_conflicting, rows_rejected from load_ledger order by 1"
    )
    root = f"s3://{bucket}/song_data/"
    assert query(warehouse, counts) == [
        (f"{root}*", None, 6, 3, 0, 0, 1, 1, 1),
        (f"{root}1.json", 3, *[None] * 7),
        (f"{root}2.json", 3, *[None] * 7),
    ]


def test_a_single_songs_counts_stand_with_its_object(s3, bucket, warehouse, stage_songs):
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    run(stage_songs())
    assert query(warehouse, "select rows_read, rows_staged, rows_rejected from load_ledger") == [
        (1, 1, 0)
    ]


@pytest.mark.parametrize("bad", ["{oops", '{"song_id": null}', "[1]", "\n"])
def test_one_object_without_a_usable_row_fails_the_load_of_a_folder_and_is_named(
    bad, s3, bucket, warehouse, stage_songs
):
    for number in range(3):
        put_lines(s3, bucket, f"song_data/{number}.json", [song(f"S{number}")])
    put_lines(s3, bucket, "song_data/bad.json", [bad])
    with pytest.raises(AirflowFailException, match=f"No row of s3://{bucket}/song_data/bad.json"):
        run(stage_songs())
    assert query(warehouse, "select count(*) from staging_songs") == [(0,)]


def test_files_get_the_same_verdicts_in_one_load_in_two_and_after_a_correction(
    s3, bucket, warehouse, stage_songs
):
    """Each file has bad rows within the budget; together they exceed it."""

    def file(name: str) -> list[Any]:
        return [song(f"{name}{n}") for n in range(5)] + ["{bad"] * 3

    put_lines(s3, bucket, "song_data/1.json", file("A"))
    assert run(stage_songs(max_rejected=4))["rejected"] == 3
    put_lines(s3, bucket, "song_data/2.json", file("B"))
    assert run(stage_songs(max_rejected=4))["rejected"] == 3
    put_lines(s3, bucket, "song_data/1.json", [*file("A"), song("A5")])  # all are read again
    assert run(stage_songs(max_rejected=4))["rejected"] == 6
    assert query(warehouse, "select count(*) from staging_songs") == [(11,)]
    put_lines(s3, bucket, "song_data/3.json", [song("C1"), *["{bad"] * 5])
    with pytest.raises(AirflowFailException, match=r"song_data/3\.json.* failed|Load into table"):
        run(stage_songs(max_rejected=4))


def test_a_load_whose_rows_do_not_all_arrive_is_rolled_back(
    s3, bucket, warehouse, stage_songs, monkeypatch
):
    """Simulates a statement that inserts too few rows, for new songs and for a full reload."""

    def lossy(path: str, **names: Any) -> str:
        sql = statement(path, **names)
        return f"{sql} and song_id <> 'S1'" if path.endswith("insert_kept.sql") else sql

    put_lines(s3, bucket, "song_data/1.json", [song("S1"), song("S2")])
    with monkeypatch.context() as patch:
        patch.setattr(folder, "statement", lossy)
        with pytest.raises(AirflowFailException, match="2 rows were to be kept, 1 are there"):
            run(stage_songs())
    assert query(warehouse, "select count(*) from staging_songs") == [(0,)]
    run(stage_songs())
    put_lines(s3, bucket, "song_data/1.json", [song("S1", year=1), song("S2")])
    monkeypatch.setattr(folder, "statement", lossy)
    with pytest.raises(AirflowFailException, match="2 rows were to be kept, 1 are there"):
        run(stage_songs())
    assert query(warehouse, "select count(*) from staging_songs where year = 1999") == [(2,)]


def test_songs_of_a_former_source_bucket_are_removed(s3, bucket, warehouse, stage_songs):
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
