"""DataQualityOperator and the project's checks, against the endpoint."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.checks import Check, read_header
from sparkify.operators import DataQualityOperator
from tests.runs import SQL, query, run

HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
QUALITY = "quality/"
ANY = "quality/any_table/"


def check(*checks: Check) -> Any:
    return run(DataQualityOperator(task_id="check_quality", checks=checks), HOUR)


def play(warehouse: Any, **values: Any) -> None:
    row = {"songplay_id": "1-1", "start_time": "2018-11-05 10:30:00", "user_id": "7",
           "level": "free", "session_id": 1} | values  # fmt: skip
    _insert(warehouse, "songplays", row)


def _insert(warehouse: Any, table: str, row: dict[str, Any]) -> None:
    values = ", ".join("null" if v is None else f"'{v}'" for v in row.values())
    query(warehouse, f"insert into {table} ({', '.join(row)}) values ({values})")


def good(warehouse: Any) -> None:
    """A warehouse that every check passes."""
    play(warehouse)
    _insert(warehouse, "users", {"user_id": "7", "level": "free"})
    _insert(warehouse, "time", {"start_time": "2018-11-05 10:30:00"})
    _insert(
        warehouse,
        "staging_events",
        {"session_id": 1, "item_in_session": 1, "ts": "2018-11-05 10:30:00", "page": "NextSong",
         "user_id": "7", "level": "free", "registration": 1540000000000},
    )  # fmt: skip
    _insert(warehouse, "load_ledger", {"load_id": 1, "table_name": "staging_events",
                                       "run_id": "manual__test",
                                       "object_key": "a", "lines_read": 3, "rows_read": 3,
                                       "rows_staged": 1, "rows_outside": 0, "rows_rejected": 2,
                                       "window_start": "2018-11-05 10:00:00",
                                       "window_end": "2018-11-05 11:00:00"})  # fmt: skip
    _insert(warehouse, "load_listings", {"load_id": 1, "table_name": "staging_songs",
                                         "source": "a", "fingerprint": "f", "objects": 1,
                                         "voids_rows": "false",
                                         "run_id": "manual__test"})  # fmt: skip
    for table in ("staging_songs", "songs"):
        _insert(warehouse, table, {"song_id": "S1", "artist_id": "AR1"})
    query(warehouse, "update staging_songs set load_id = 1")
    _insert(warehouse, "artists", {"artist_id": "AR1"})


CASES = {
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
    "fresh": (
        Check(f"{ANY}fresh.sql", table="staging_events", event_time="ts"),
        "update staging_events set ts = '2018-11-04 22:59:59.999'",
    ),
    "objects_add_up": (
        Check(f"{QUALITY}objects_add_up.sql"),
        "update load_ledger set rows_outside = 1",
    ),
    "objects_not_shrunk": (
        Check(f"{QUALITY}objects_not_shrunk.sql"),
        "insert into load_ledger (load_id, table_name, object_key, rows_read)"  # noqa: ISC004
        " values (0, 'staging_events', 'a', 4)",
    ),
    "staging_matches_ledger": (
        Check(f"{QUALITY}staging_matches_ledger.sql"),
        "delete from staging_events",
    ),
    "no_rows_rejected": (
        Check(f"{QUALITY}no_rows_rejected.sql"),
        "insert into load_errors (load_id, table_name, object_key, run_id)"  # noqa: ISC004
        " values (1, 'staging_events', 'a', 'manual__test')",
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
        Check(f"{ANY}key_unique_in_window.sql", table="songplays", key=["songplay_id"],
              event_time="start_time"),
        "insert into songplays select * from songplays",
    ),
    "key_unique_in_window, the other row elsewhere": (
        Check(f"{ANY}key_unique_in_window.sql", table="songplays", key=["songplay_id"],
              event_time="start_time"),
        "insert into songplays (songplay_id, start_time, session_id)"  # noqa: ISC004
        " values ('1-1', '2018-11-09', 1)",
    ),
    "key_not_null_in_window": (
        Check(f"{ANY}key_not_null_in_window.sql", table="songplays", key=["user_id"],
              event_time="start_time"),
        "update songplays set user_id = null",
    ),
    "songplays_have_user": (
        Check(f"{QUALITY}songplays_have_user.sql"),
        "update songplays set user_id = '8'",
    ),
    "songplays_have_time": (
        Check(f"{QUALITY}songplays_have_time.sql"),
        "update songplays set start_time = '2018-11-05 10:30:00.001'",
    ),
    "songplays_song_with_artist": (
        Check(f"{QUALITY}songplays_song_with_artist.sql"),
        "update songplays set song_id = 'S1'",
    ),
    "songplays_match_staging, one missing": (
        Check(f"{QUALITY}songplays_match_staging.sql"),
        "delete from songplays",
    ),
    "songplays_match_staging, one too many": (
        Check(f"{QUALITY}songplays_match_staging.sql"),
        "delete from staging_events",
    ),
    "songplays_level": (
        Check(f"{QUALITY}songplays_level.sql"),
        "update songplays set level = 'gold'",
    ),
    "users_level": (Check(f"{QUALITY}users_level.sql"), "update users set level = null"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_check_passes_on_good_data_and_fails_on_what_it_is_for(warehouse, case):
    rule, breakage = CASES[case]
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


def test_each_check_of_the_project_is_tried_here():
    tried = {rule.file for rule, _ in CASES.values()} | {f"{QUALITY}plays_after_registration.sql"}
    assert tried == {path.relative_to(SQL).as_posix() for path in SQL.glob("quality/**/*.sql")}


def test_a_play_before_its_user_registered_is_a_warning(warehouse, conn_type):
    good(warehouse)
    rule = Check(f"{QUALITY}plays_after_registration.sql")
    played = 1541413800000  # 2018-11-05 10:30:00
    query(warehouse, f"update staging_events set registration = {played + 999}")
    assert check(rule)["passed"] == 1  # Redshift tells an epoch to the second
    query(warehouse, f"update staging_events set registration = {played + 1000}")
    assert check(rule) == {"passed": 0, "warned": 1, "failed": 0}


def test_results_are_kept_with_their_run_window_and_sample_rows(warehouse):
    good(warehouse)
    query(warehouse, "update users set level = 'gold'")
    with pytest.raises(AirflowFailException):
        check(Check(f"{QUALITY}users_level.sql"), Check(f"{QUALITY}songplays_level.sql"))
    rows = query(
        warehouse,
        "select check_name, severity, status, failing_rows, run_id, cast(window_start as varchar),"
        " sample_rows from quality_results order by check_name",
    )
    assert [row[:6] for row in rows] == [
        ("songplays_level", "error", "passed", 0, "manual__test", "2018-11-05 10:00:00"),
        ("users_level", "error", "failed", 1, "manual__test", "2018-11-05 10:00:00"),
    ]
    assert json.loads(rows[1][6])[0]["user_id"] == "7"


def test_the_log_has_a_table_of_the_results(warehouse, capsys):
    good(warehouse)
    check(Check(f"{QUALITY}users_level.sql"))
    log = capsys.readouterr().out
    assert "check        severity  status  failing rows" in log
    assert "users_level  error     passed             0" in log


def test_the_log_says_what_a_failure_means_and_what_to_do_with_rows(warehouse, capsys):
    good(warehouse)
    query(warehouse, "update songplays set level = 'gold'")
    with pytest.raises(AirflowFailException, match="to do: ask the team of the app"):
        check(Check(f"{QUALITY}songplays_level.sql"))
    log = capsys.readouterr().out
    assert "songplays_level failed: 1 rows break the rule: A play of the window" in log
    assert "means: the app has a new level, or sends none." in log
    assert '"songplay_id": "1-1"' in log


def test_a_window_that_a_later_load_has_touched_is_not_held_against_its_own_ledger(warehouse):
    good(warehouse)
    rule = Check(f"{QUALITY}staging_matches_ledger.sql")
    query(warehouse, "delete from staging_events")
    _insert(warehouse, "load_ledger", {"load_id": 2, "table_name": "staging_events",
                                       "object_key": "a", "rows_staged": 0,
                                       "window_start": "2018-11-05 10:30:00",
                                       "window_end": "2018-11-05 12:00:00"})  # fmt: skip
    assert check(rule)["passed"] == 1


def test_plays_of_other_windows_do_not_fail_this_one(warehouse):
    good(warehouse)
    play(warehouse, songplay_id="2-2", start_time="2018-11-05 11:00:00", level="gold")
    assert check(Check(f"{QUALITY}songplays_level.sql"))["passed"] == 1


def test_plays_staged_by_a_run_of_another_window_do_not_make_this_ones_table_empty(warehouse):
    """Its own run has staged them, and goes on to load them."""
    query(
        warehouse,
        "insert into staging_events (session_id, item_in_session, ts, page)"
        " values (9, 1, '2018-11-04 10:00', 'NextSong')",
    )
    assert check(Check(f"{ANY}not_empty_once_played.sql", table="songplays"))["passed"] == 1


def test_an_empty_warehouse_passes_what_only_holds_once_there_is_data(warehouse):
    """A first run over a quiet hour, with a catalogue, is no failure."""
    rules = [
        Check(f"{ANY}not_empty_once_loaded.sql", table="staging_events"),
        Check(f"{ANY}not_empty_once_played.sql", table="songplays"),
    ]
    assert check(*rules)["passed"] == 2


def test_a_check_that_does_not_say_how_severe_it_is_fails_the_task(warehouse):
    with pytest.raises(AirflowFailException, match="does not begin with comments: the rule"):
        check(Check("operators/next_load_id.sql"))


def test_no_checks_at_all_are_an_error_of_the_dags_author():
    with pytest.raises(ValueError, match="would always pass"):
        DataQualityOperator(task_id="x", checks=[])
