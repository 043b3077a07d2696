"""`sparkify_repair`: star tables are loaded again from staging."""

from __future__ import annotations

import json
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowFailException

from local.sample_data import Parameters, write
from sparkify.model import STAR
from sparkify.quality.suite import checks_of_audit
from tests.quality.good_data import RUN, check, good
from tests.quality.test_rules import BREAKS, broken_check
from tests.support.aws import put_data
from tests.support.runs import (
    ROOT,
    Span,
    dump,
    etl_dag,
    event,
    put_lines,
    put_paths,
    query,
    run_dag,
    song,
)

NAMES = tuple(table.name for table in STAR)
AUDIT = tuple(rule.name for rule in checks_of_audit())
ALL_TIME: Any = (None, None)
TEN: Span = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
FIVE = "log_data/2018/11/2018-11-05-events.json"
STAGING_BREAKS = ("audit__staged", "audit__staging")


@pytest.fixture(scope="module")
def dag() -> Any:
    bag = DagBag(str(ROOT / "dags" / "sparkify_repair.py"))
    assert bag.import_errors == {}
    return bag.dags["sparkify_repair"]


@pytest.fixture
def repair(dag: Any, warehouse: Any) -> Any:
    """Loads tables again, and runs the audit by default."""

    def run(
        window: Any = ALL_TIME,
        tables: Collection[str] = NAMES,
        audit: bool = True,
        tries: int = 1,
    ) -> Any:
        tasks = [f"load_{table}" for table in tables] + ["audit"] * audit
        return run_dag(dag, window, bucket="none", only=tasks, tries=tries)

    return run


def failed(warehouse: Any) -> set[str]:
    """The checks of the audit that fail now."""
    query(warehouse, f"delete from quality_results where run_id = '{RUN}'")
    with suppress(AirflowFailException):
        check(*AUDIT)
    rows = query(
        warehouse, f"select check_name, status from quality_results where run_id = '{RUN}'"
    )
    assert {name for name, _ in rows} == {*AUDIT}
    return {name for name, status in rows if status == "failed"}


BY_TABLE = {
    table: [
        case
        for case in BREAKS
        if case.startswith("audit__")
        and not case.startswith(STAGING_BREAKS)
        and f" {table}" in broken_check(case)[1].replace("load_watermarks", "artists")
    ]
    for table in NAMES
}


def test_every_break_of_the_audit_that_is_not_in_staging_is_repaired_here():
    star = [case for case in BREAKS if case.startswith("audit__")]
    star = [case for case in star if not case.startswith(STAGING_BREAKS)]
    assert {case for cases in BY_TABLE.values() for case in cases} == set(star)
    assert all(len(cases) > 2 for cases in BY_TABLE.values())


@pytest.mark.parametrize("table", NAMES)
def test_whatever_the_audit_finds_in_a_table_is_repaired(warehouse, repair, table):
    good(warehouse)
    right = dump(warehouse, NAMES)
    for case in BY_TABLE[table]:
        rule, breakage = broken_check(case)
        query(warehouse, breakage)
        assert rule in failed(warehouse), case
        assert repair()["audit"]["failed"] == 0, case
        assert dump(warehouse, NAMES) == right, case
    assert failed(warehouse) == set()


CORRUPTIONS = (
    "delete from songplays where song_id is not null",
    "update songplays set level = 'gold', song_id = 'none', artist_id = 'none'",
    "insert into songplays (songplay_id, start_time, session_id) values ('1-1', '2018-12-25', 1)",
    "insert into songplays select * from songplays",
    "update songplays set length = 1, artist_repaired = 'Björk'",
    "delete from page_views where page <> 'NextSong'",
    "update page_views set page = 'Home', browser = 'Lynx'",
    "insert into page_views select * from page_views",
    "delete from users where level = 'paid'",
    "update users set last_play_at = '2019-01-01', first_name = 'Nobody'",
    "insert into users select * from users",
    "delete from time where weekday < 5",
    "update time set hour = 25, month = 13",
    "insert into time (start_time, hour) values ('2017-01-01', 0)",
    "update songs set title = 'Untitled', artist_id = 'none'",
    "insert into songs select * from songs",
    "delete from artists where artist_id > 'ARM'",
    "update artists set name = 'Nobody'",
    "delete from load_watermarks where table_name = 'songs'",
    "update load_watermarks set load_id = 99 where table_name <> 'songs'",
    # At no time that a window can have.
    "insert into songplays (songplay_id, start_time, session_id) values ('2-2', '2250-01-01', 2)",
    "insert into users (user_id, level) values ('never', 'free')",
    "insert into time (start_time, hour) values ('1900-01-01', 0)",
)


def test_two_days_that_were_changed_by_hand_in_many_ways_equal_a_straight_load_again(
    s3, bucket, warehouse, repair, tmp_path, conn_type
):
    write(tmp_path / "data", Parameters(days=2, events=500, songs=60))
    put_data(bucket, tmp_path / "data")
    run_dag(etl_dag(), ("2018-11-01T00:00:00Z", "2018-11-03T00:00:00Z"), bucket=bucket)
    straight = dump(warehouse)
    for corruption in CORRUPTIONS:
        query(warehouse, corruption)
    assert {f"{name}_recomputed" for name in NAMES} <= failed(warehouse)
    answers = repair()
    assert answers["audit"]["failed"] == 0
    assert answers["load_songplays"]["inserted"] == len(straight["songplays"]) > 200
    assert dump(warehouse) == straight
    put_lines(s3, bucket, "song_data/late.json", [song("SLATE")])
    run_dag(etl_dag(), ("2018-11-01T00:00:00Z", "2018-11-01T01:00:00Z"), bucket=bucket)
    assert query(warehouse, "select count(*) from songs where song_id = 'SLATE'") == [(1,)]
    assert failed(warehouse) == set()


@pytest.fixture
def three_hours(s3: Any, bucket: str, warehouse: Any) -> dict[str, Any]:
    """Three hours; user 7 plays in the first two, 8 in the second, 9 in the last."""
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    players = (("09:10", "7"), ("10:10", "7"), ("10:20", "8"), ("11:10", "9"), ("11:20", "8"))
    plays = [
        event(f"2018-11-05T{at}:00", userId=user, sessionId=number)
        for number, (at, user) in enumerate(players)
    ]
    put_lines(s3, bucket, FIVE, plays)
    for hour in (9, 10, 11):
        window = (f"2018-11-05T{hour:02}:00:00Z", f"2018-11-05T{hour + 1}:00:00Z")
        run_dag(etl_dag(), window, bucket=bucket)
    return dump(warehouse, NAMES)


def test_with_a_window_only_the_window_changes(warehouse, repair, three_hours):
    for table in ("songplays", "time", "users"):
        query(warehouse, f"delete from {table}")
    wrong = "('x', '2018-11-05 11:30', 'free'), ('y', '2018-11-05 10:30', 'free')"
    query(warehouse, f"insert into users (user_id, last_play_at, level) values {wrong}")
    repair(TEN, ("songplays", "time", "users"), audit=False)
    hours = "select distinct extract(hour from {}) from {}"
    for table in ("songplays", "time"):
        assert query(warehouse, hours.format("start_time", table)) == [(10,)]
    assert dump(warehouse, ("time",))["time"] == [
        row for row in three_hours["time"] if row[0].hour == 10
    ]
    assert query(warehouse, "select user_id from users order by user_id") == [
        ("7",),
        ("8",),
        ("x",),
    ]


def test_with_a_window_the_newest_play_of_a_user_stays(warehouse, repair, three_hours):
    query(warehouse, "update users set level = 'gold' where user_id in ('7', '9')")
    repair(TEN, ("users",), audit=False)
    assert query(warehouse, "select user_id, level from users order by user_id") == [
        ("7", "free"),  # whose newest play is in the window
        ("8", "free"),  # whose newest play came later
        ("9", "gold"),
    ]
    assert repair()["audit"]["failed"] == 0
    assert dump(warehouse, NAMES) == three_hours


def test_tables_that_are_not_chosen_stay_and_the_audit_names_them(warehouse, repair, three_hours):
    for table in ("users", "songs"):
        query(warehouse, f"delete from {table}")
    with pytest.raises(AirflowFailException, match="songs_recomputed"):
        repair(tables=("users",))
    assert dump(warehouse, NAMES) == three_hours | {"songs": []}


def test_a_window_leaves_late_songs_to_the_next_run(s3, bucket, warehouse, repair, three_hours):
    put_lines(s3, bucket, "song_data/0.json", [song("S0")])
    hour = ("2018-11-05T09:00:00Z", "2018-11-05T10:00:00Z")
    run_dag(etl_dag(), hour, bucket=bucket, only=("stage_songs",))
    repair(TEN, ("songplays",), audit=False)
    plays_by_song = "select song_id, count(*) from songplays group by 1 order by 1"
    assert query(warehouse, plays_by_song) == [("S0", 2), ("S1", 3)]
    run_dag(etl_dag(), hour, bucket=bucket, without=("stage_songs",))
    assert query(warehouse, plays_by_song) == [("S0", 5)]
    assert failed(warehouse) == set()


def test_plays_that_staging_has_lost_are_not_deleted_from_the_star_schema(
    warehouse, repair, three_hours
):
    query(warehouse, "delete from staging_events where user_id = '9'")
    for table in ("users", "time", "songplays"):
        refusal = f"{table}: nothing was loaded.*staging_events_complete_in_window"
        with pytest.raises(AirflowFailException, match=refusal):
            repair(tables=(table,))
    assert dump(warehouse, NAMES) == three_hours
    query(warehouse, "delete from users where user_id = '7'")
    repair(TEN, ("users",), audit=False)  # its window lacks nothing
    assert dump(warehouse, NAMES) == three_hours


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("delete from staging_songs", "staging_songs_not_empty"),
        ("insert into staging_songs select * from staging_songs", "songs_key_unique"),
    ],
)
def test_songs_are_not_loaded_from_a_catalogue_that_is_empty_or_has_copies(
    warehouse, repair, three_hours, change, rule
):
    query(warehouse, change)
    with pytest.raises(AirflowFailException, match=f"songs: nothing was loaded.*{rule}"):
        repair(tables=("songs",))
    assert dump(warehouse, NAMES) == three_hours


def test_a_repair_beside_hourly_runs_ends_in_the_tables_of_a_straight_load(
    s3, bucket, isolation, warehouse, repair
):
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    plays = [
        event(f"2018-11-05T{hour:02}:{minute}:00", userId=str(minute), sessionId=hour * 60 + minute)
        for hour in range(6)
        for minute in (10, 20, 30)
    ]
    put_lines(s3, bucket, FIVE, plays)
    hours = [(f"2018-11-05T{hour:02}:00:00Z", f"2018-11-05T{hour + 1:02}:00:00Z")
             for hour in range(6)]  # fmt: skip
    day = ("2018-11-05T00:00:00Z", "2018-11-05T06:00:00Z")
    run_dag(etl_dag(), day, bucket=bucket)
    straight = dump(warehouse, NAMES)
    for table in ("users", "songplays", "artists"):
        query(warehouse, f"delete from {table}")
    with ThreadPoolExecutor(4) as pool:
        runs = [
            pool.submit(run_dag, etl_dag(), hour, bucket=bucket, without=["check_quality"], tries=9)
            for hour in hours
        ]
        repairs = [pool.submit(repair, audit=False, tries=9) for _ in range(3)]
        for future in (*runs, *repairs):
            future.result()
    assert dump(warehouse, NAMES) == straight
    assert failed(warehouse) == set()


def test_a_reader_never_sees_a_table_while_it_is_empty(warehouse, repair, three_hours, endpoint):
    import threading

    import psycopg

    seen: set[int] = set()
    stop = threading.Event()

    def read() -> None:
        with psycopg.connect(endpoint.conninfo, autocommit=True) as reader:
            while not stop.is_set():
                for table in NAMES:
                    seen.add(int(bool(reader.execute(f"select 1 from {table}").fetchone())))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for _ in range(3):
            repair()
    finally:
        stop.set()
        thread.join()
    assert seen == {1}


def test_each_star_table_is_loaded_as_in_sparkify_etl(dag):
    assert [*dag.params.get_param("tables").schema["items"]["enum"]] == [*NAMES]
    for table in STAR:
        ours, hourly = (each.get_task(f"load_{table.name}") for each in (dag, etl_dag()))
        assert type(ours) is type(hourly), table.name
        for name in ("table", "select", "mode", "task_id"):
            assert getattr(ours, name, None) == getattr(hourly, name, None), (table.name, name)
        assert (ours.repair, hourly.repair) == (True, False)


def test_half_a_window_is_refused(repair, three_hours):
    with pytest.raises(AirflowFailException, match="window_start was given without window_end"):
        repair(("2018-11-05T10:00:00Z", None))


def test_airflow_runs_the_chosen_tables_and_the_audit_and_skips_the_others(
    warehouse, own_airflow, three_hours
):
    query(warehouse, "delete from users")
    ended = own_airflow(
        "dags", "test", "sparkify_repair", "--conf", json.dumps({"tables": ["users", "time"]})
    )
    assert ended.returncode == 0, ended.stdout[-3000:]
    ran = query(
        warehouse,
        "select distinct task_id from quality_results"
        " where dag_id = 'sparkify_repair' order by task_id",
    )
    assert ran == [("audit",), ("load_time",), ("load_users",)]
    assert dump(warehouse, NAMES) == three_hours
    refused = own_airflow(
        "dags", "test", "sparkify_repair", "--conf", json.dumps({"tables": ["staging_events"]})
    )
    assert "staging_events" in refused.stderr
    assert refused.returncode != 0
