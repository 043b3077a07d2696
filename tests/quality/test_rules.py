"""Each check passes on good data, and fails on what it is for."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.quality.checks import Check, read_header
from tests.files import files
from tests.quality.good_data import ANY, OTHER_RUN, QUALITY, RUN, check, good, insert, load, play
from tests.runs import SQL, etl_dag, query

# What breaks a rule: the check, and the statement that breaks it.
BREAKS: dict[str, tuple[Check, str]] = {
    "not_empty": (Check(f"{ANY}not_empty.sql", table="staging_songs"), "delete from staging_songs"),
    "not_empty_once_loaded": (
        Check(f"{ANY}not_empty_once_loaded.sql", table="staging_events"),
        "delete from staging_events",
    ),
    "not_empty_once_sourced": (
        Check(f"{ANY}not_empty_once_sourced.sql", table="artists", source="staging_songs"),
        "delete from artists",
    ),
    "not_empty_once_played": (
        Check(f"{ANY}not_empty_once_played.sql", table="users"),
        "delete from users",
    ),
    "key_once_of_run, twice": (
        Check(f"{ANY}key_once_of_run.sql", table="songs", source="staging_songs", key=["song_id"]),
        "insert into songs (song_id) values ('S1')",
    ),
    "key_once_of_run, not at all": (
        Check(f"{ANY}key_once_of_run.sql", table="songs", source="staging_songs", key=["song_id"]),
        "delete from songs",
    ),
    "key_once_of_run, in the staging table": (
        Check(
            f"{ANY}key_once_of_run.sql",
            table="staging_songs",
            source="staging_songs",
            key=["song_id"],
        ),
        "insert into staging_songs (song_id) values ('S1')",
    ),
    "fresh": (
        Check(f"{ANY}fresh.sql", table="staging_events", event_time="ts"),
        "update staging_events set ts = '2018-11-04 22:59:59.999'",
    ),
    "objects_add_up": (
        Check(f"{QUALITY}objects_add_up.sql"),
        "update load_ledger set rows_outside = 1 where table_name = 'staging_events'",
    ),
    "objects_add_up, of the songs": (
        Check(f"{QUALITY}objects_add_up.sql"),
        "update load_ledger set rows_identical = 1 where table_name = 'staging_songs'",
    ),
    "objects_add_up, nothing but rows read": (
        Check(f"{QUALITY}objects_add_up.sql"),
        "update load_ledger set rows_staged = null where table_name = 'staging_songs'",
    ),
    "objects_not_shrunk": (
        Check(f"{QUALITY}objects_not_shrunk.sql"),
        (
            "insert into load_ledger (load_id, table_name, object_key, window_start, rows_read)"
            " values (3, 'staging_events', 'a', '2018-11-05 09:00', 2),"
            " (4, 'staging_events', 'a', '2018-11-05 08:00', 4)"
        ),
    ),
    "staging_matches_ledger, fewer rows": (
        Check(f"{QUALITY}staging_matches_ledger.sql"),
        "delete from staging_events",
    ),
    "staging_matches_ledger, more rows": (
        Check(f"{QUALITY}staging_matches_ledger.sql"),
        (
            "insert into staging_events (session_id, item_in_session, ts)"
            " values (2, 2, '2018-11-05 10:59:59.999')"
        ),
    ),
    "no_rows_rejected": (
        Check(f"{QUALITY}no_rows_rejected.sql"),
        (
            "insert into load_errors (load_id, table_name, object_key, run_id, verdict)"
            " values (5, 'staging_events', 'a', 'manual__test', 'conflicting copy')"
        ),
    ),
    "late_events": (
        Check(f"{QUALITY}late_events.sql"),
        (
            "insert into load_late_rows (load_id, table_name, object_key, hour_start, rows_late,"
            " rows_gone) values (5, 'staging_events', 'a', '2018-11-05 09:00', 1, 0)"
        ),
    ),
    "every_line_is_an_event": (
        Check(f"{QUALITY}every_line_is_an_event.sql"),
        "update load_ledger set lines_read = 4",
    ),
    "users_unique": (
        Check(f"{QUALITY}users_unique.sql"),
        "insert into users (user_id) values ('7')",
    ),
    "key_unique_in_window": (
        Check(
            f"{ANY}key_unique_in_window.sql",
            table="time",
            key=["start_time"],
            event_time="start_time",
        ),
        "insert into time select * from time",
    ),
    "key_unique_in_window, the other row elsewhere": (
        Check(
            f"{ANY}key_unique_in_window.sql",
            table="songplays",
            key=["songplay_id"],
            event_time="start_time",
        ),
        (
            "insert into songplays (songplay_id, start_time, session_id)"
            " values ('1-1', '2018-11-09', 1)"
        ),
    ),
    "songplays_key_unique_in_window, a copy": (
        Check(f"{QUALITY}songplays_key_unique_in_window.sql"),
        "insert into songplays select * from songplays",
    ),
    "songplays_key_unique_in_window, a copy that was never staged": (
        Check(f"{QUALITY}songplays_key_unique_in_window.sql"),
        (
            "insert into songplays (songplay_id, start_time, session_id)"
            " values ('1-1', '2018-11-09', 1)"
        ),
    ),
    "staging_events_key_unique_in_window": (
        Check(f"{QUALITY}staging_events_key_unique_in_window.sql"),
        "insert into staging_events (session_id, item_in_session, ts) values (1, 1, '2018-11-09')",
    ),
    "key_not_null_in_window": (
        Check(
            f"{ANY}key_not_null_in_window.sql",
            table="songplays",
            key=["user_id"],
            event_time="start_time",
        ),
        "update songplays set user_id = null",
    ),
    "songplays_have_user": (
        Check(f"{QUALITY}songplays_have_user.sql"),
        "update songplays set user_id = '8'",
    ),
    "songplays_have_time, another moment": (
        Check(f"{QUALITY}songplays_have_time.sql"),
        "update songplays set start_time = '2018-11-05 10:30:00.001'",
    ),
    "songplays_have_time, another window's moment": (
        Check(f"{QUALITY}songplays_have_time.sql"),
        "update time set start_time = '2018-11-05 09:30'",
    ),
    "songplays_song_with_artist, a song alone": (
        Check(f"{QUALITY}songplays_song_with_artist.sql"),
        "update songplays set song_id = 'S1'",
    ),
    "songplays_song_with_artist, an artist alone": (
        Check(f"{QUALITY}songplays_song_with_artist.sql"),
        "update songplays set artist_id = 'AR1'",
    ),
    "songplays_match_staging, one missing": (
        Check(f"{QUALITY}songplays_match_staging.sql"),
        "delete from songplays",
    ),
    "songplays_match_staging, one too many": (
        Check(f"{QUALITY}songplays_match_staging.sql"),
        "delete from staging_events",
    ),
    "songplays_match_staging, at another moment": (
        Check(f"{QUALITY}songplays_match_staging.sql"),
        "update songplays set start_time = '2018-11-05 10:30:00.001'",
    ),
    "songplays_level": (
        Check(f"{QUALITY}songplays_level.sql"),
        "update songplays set level = 'gold'",
    ),
    "users_level": (Check(f"{QUALITY}users_level.sql"), "update users set level = null"),
    "plays_after_registration": (
        Check(f"{QUALITY}plays_after_registration.sql"),
        "update staging_events set registration = 1541413801000",  # 10:30:01
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_check_passes_on_good_data_and_fails_on_what_it_is_for(warehouse, case):
    rule, breakage = BREAKS[case]
    good(warehouse)
    assert check(rule) == {"passed": 1, "warned": 0, "failed": 0}
    query(warehouse, breakage)
    if severity_of(rule) == "warning":
        assert check(rule) == {"passed": 0, "warned": 1, "failed": 0}
        return
    with pytest.raises(AirflowFailException, match=r"1 of 1 checks failed: \w+ \(\d+ rows; to do"):
        check(rule)


def severity_of(rule: Check) -> str:
    return read_header((SQL / rule.file).read_text(), rule.file).severity


def test_each_check_of_the_project_is_broken_here():
    broken = {rule.file for rule, _ in BREAKS.values()}
    assert broken == {path.relative_to(SQL).as_posix() for path in files(SQL, "quality/**/*.sql")}


def test_good_data_passes_every_check_of_the_dag(warehouse, conn_type):
    good(warehouse)
    checks = etl_dag().get_task("check_quality").checks
    assert check(*checks) == {"passed": len(checks), "warned": 0, "failed": 0}


def test_a_registration_in_the_second_of_the_play_is_not_after_it(warehouse, conn_type):
    """Redshift gives an epoch in whole seconds."""
    good(warehouse)
    query(warehouse, "update staging_events set registration = 1541413800999")  # 10:30:00.999
    assert check(Check(f"{QUALITY}plays_after_registration.sql"))["passed"] == 1


def test_an_object_is_held_against_its_newest_earlier_load_that_was_counted(warehouse):
    rule = Check(f"{QUALITY}objects_not_shrunk.sql")
    good(warehouse)
    load(warehouse, 2, rows_read=9, run_id=OTHER_RUN)
    load(warehouse, 3, rows_read=3, run_id=OTHER_RUN)
    load(warehouse, 4, rows_read=None, rows_staged=None, run_id=OTHER_RUN)
    load(warehouse, 4, rows_read=None, rows_staged=None, ignored_by="hidden", run_id=OTHER_RUN)
    assert check(rule)["passed"] == 1
    query(warehouse, "update load_ledger set rows_read = 4 where load_id = 3")
    assert check(rule)["warned"] == 1


@pytest.mark.parametrize("table", ["staging_events", "staging_songs"])
def test_every_verdict_counts_where_an_object_adds_up(warehouse, table):
    good(warehouse)
    verdicts = ("outside", "rejected", "misplaced", "identical", "conflicting")
    query(
        warehouse,
        f"update load_ledger set rows_read = 6, rows_staged = 1, {', '.join(f'rows_{v} = 1' for v in verdicts)}"  # noqa: E501
        f" where table_name = '{table}'",
    )
    rule = Check(f"{QUALITY}objects_add_up.sql")
    assert check(rule)["passed"] == 1
    for verdict in verdicts:
        query(
            warehouse,
            f"update load_ledger set rows_{verdict} = null where table_name = '{table}'",
        )
        with pytest.raises(AirflowFailException, match="objects_add_up"):
            check(rule)
        query(
            warehouse,
            f"update load_ledger set rows_{verdict} = 1 where table_name = '{table}'",
        )


def test_objects_that_one_copy_read_together_are_counted_once(warehouse):
    """One row of the ledger has the counts of the COPY; each object's own has none."""
    good(warehouse)
    query(warehouse, "update load_ledger set object_key = 'a/*', etag = null where load_id = 5")
    for name in ("a/1", "a/2"):
        load(warehouse, 5, object_key=name, rows_read=None, rows_staged=None)
    load(
        warehouse,
        5,
        object_key="a/.DS_Store",
        rows_read=None,
        rows_staged=None,
        ignored_by="hidden",
    )
    rules = ("objects_add_up", "staging_matches_ledger", "every_line_is_an_event")
    assert check(*(Check(f"{QUALITY}{rule}.sql") for rule in rules))["passed"] == 3


def test_rejects_of_another_table_are_not_this_runs(warehouse):
    """Each table numbers its loads by itself."""
    good(warehouse)
    load(warehouse, 6, table_name="staging_songs", object_key="s", window_start=None)
    for table, load_id in (("staging_songs", 5), ("staging_events", 6)):
        insert(warehouse, "load_errors", load_id=load_id, table_name=table, object_key="x")
    rule = Check(f"{QUALITY}no_rows_rejected.sql")
    assert check(rule)["passed"] == 1
    insert(warehouse, "load_errors", load_id=6, table_name="staging_songs", object_key="s")
    assert check(rule)["warned"] == 1


def test_an_hour_that_a_newer_load_of_its_day_found_in_order_is_no_longer_late(warehouse):
    rule = Check(f"{QUALITY}late_events.sql")
    good(warehouse)
    query(warehouse, BREAKS["late_events"][1])
    load(warehouse, 4, window_start="2018-11-05 00:00", window_end="2018-11-06 00:00",
         run_id=OTHER_RUN)  # fmt: skip
    load(warehouse, 6, window_start="2018-11-06 09:00", window_end="2018-11-06 10:00",
         run_id=OTHER_RUN)  # fmt: skip
    assert check(rule)["warned"] == 1
    load(warehouse, 7, window_start="2018-11-05 11:00", window_end="2018-11-05 12:00",
         run_id=OTHER_RUN)  # fmt: skip
    assert check(rule)["passed"] == 1


def test_hours_that_another_run_found_late_are_not_this_runs_warning(warehouse):
    good(warehouse)
    load(warehouse, 4, run_id=OTHER_RUN)
    query(warehouse, BREAKS["late_events"][1].replace("(5,", "(4,"))
    assert check(Check(f"{QUALITY}late_events.sql"))["passed"] == 1


def test_plays_of_other_windows_do_not_fail_this_one(warehouse):
    good(warehouse)
    play(warehouse, songplay_id="2-2", start_time="2018-11-05 11:00:00", level="gold", user_id="9")
    rules = ("songplays_level", "songplays_have_time", "songplays_have_user")
    assert check(*(Check(f"{QUALITY}{rule}.sql") for rule in rules))["passed"] == 3


def test_an_empty_warehouse_passes_what_only_holds_once_there_is_data(warehouse):
    """A first run over a quiet hour, with a catalogue, is no failure."""
    load(warehouse, 1, run_id=RUN)
    rules = [
        Check(f"{ANY}not_empty_once_loaded.sql", table="staging_events"),
        Check(f"{ANY}not_empty_once_played.sql", table="songplays"),
    ]
    assert check(*rules)["passed"] == 2


def test_the_window_ends_before_its_end(warehouse: Any):
    """A play at the end belongs to the next window, for every check that has a window."""
    good(warehouse)
    play(warehouse, songplay_id="2-2", start_time="2018-11-05 11:00:00")
    assert check(Check(f"{QUALITY}songplays_match_staging.sql"))["passed"] == 1
