"""LoadDimensionOperator on the endpoint."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from sparkify.model import ARTISTS, SONGS, STAGING_EVENTS, TIME, USERS, StarTable
from sparkify.operators import LoadDimensionOperator
from sparkify.quality.suite import checks_before_commit
from sparkify.warehouse.statements import statement
from tests.support.runs import query, run

HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
THINGS = StarTable(name="things", key=("id",), loaded_from=STAGING_EVENTS)
EARLIER = ("2018-11-05T09:00:00Z", "2018-11-05T10:00:00Z")


def load(table: StarTable, **more: Any) -> LoadDimensionOperator:
    select = statement(f"load/{table.name}.sql")
    return LoadDimensionOperator(task_id=f"load_{table.name}", table=table, select=select, **more)


def load_users() -> LoadDimensionOperator:
    return load(USERS)


def stage_play(warehouse: Any, item: int, at: str, level: str = "free", user: str = "7") -> None:
    query(
        warehouse,
        "insert into staging_events (session_id, item_in_session, ts, page, user_id, level)"
        f" values (1, {item}, '{at}', 'NextSong', '{user}', '{level}')",
    )


def stage_songs(warehouse: Any, load_id: int, *songs: tuple[str, str, str, str | None]) -> None:
    """Stage songs given as (song_id, artist_id, artist_name, artist_location)."""
    for song_id, artist_id, name, place in songs:
        location = "null" if place is None else f"'{place}'"
        query(
            warehouse,
            "insert into staging_songs (song_id, artist_id, artist_name, artist_location, load_id)"
            f" values ('{song_id}', '{artist_id}', '{name}', {location}, {load_id})",
        )
    query(
        warehouse,
        "insert into load_ledger (load_id, table_name, object_key)"
        f" values ({load_id}, 'staging_songs', 'x')",
    )


def test_a_users_level_is_that_of_the_newest_play_of_the_window(warehouse, conn_type):
    stage_play(warehouse, 1, "2018-11-05 10:10:00", "paid")
    stage_play(warehouse, 2, "2018-11-05 10:20:00", "free")
    stage_play(warehouse, 3, "2018-11-05 10:30:00", "paid")
    stage_play(warehouse, 4, "2018-11-05 10:30:00", "free")  # the same time, a later item
    run(load_users(), HOUR)
    assert query(warehouse, "select user_id, level from users") == [("7", "free")]


@pytest.mark.parametrize("order", [(EARLIER, HOUR), (HOUR, EARLIER)], ids=["in order", "out of it"])
def test_a_users_level_is_that_of_the_newest_play_in_whatever_order_hours_come(warehouse, order):
    stage_play(warehouse, 1, "2018-11-05 09:30:00", "free")
    stage_play(warehouse, 2, "2018-11-05 10:30:00", "paid")
    for window in order:
        run(load_users(), window)
    assert query(warehouse, "select user_id, level from users") == [("7", "paid")]


def test_a_window_loaded_again_corrects_its_rows(warehouse):
    stage_play(warehouse, 1, "2018-11-05 10:30:00", "free")
    run(load_users(), HOUR)
    query(warehouse, "update staging_events set level = 'paid'")
    assert run(load_users(), HOUR) == {"replaced": 1, "inserted": 1}
    assert query(warehouse, "select level from users") == [("paid",)]


def test_concurrent_runs_insert_no_user_twice(isolation, warehouse, connections):
    hours = []
    for hour in range(8):
        for user in range(20):
            stage_play(warehouse, hour * 20 + user, f"2018-11-05 {hour:02}:10:00", user=str(user))
        hours.append((f"2018-11-05T{hour:02}:00:00Z", f"2018-11-05T{hour + 1:02}:00:00Z"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda window: run(load_users(), window), hours * 2))
    assert query(
        warehouse,
        "select count(*), count(distinct user_id), min(cast(last_play_at as varchar)) from users",
    ) == [(20, 20, "2018-11-05 07:10:00")]


def test_the_time_of_a_window_is_replaced_with_it(warehouse):
    operator = load(TIME, mode="window")
    stage_play(warehouse, 1, "2018-11-05 10:30:00.123")
    stage_play(warehouse, 2, "2018-11-05 10:30:00.123", user="8")
    run(operator, HOUR)
    columns = "cast(start_time as varchar), hour, day, week, month, year, weekday"
    assert query(warehouse, f"select {columns} from time") == [
        ("2018-11-05 10:30:00.123", 10, 5, 45, 11, 2018, 1)
    ]
    query(warehouse, "update staging_events set ts = '2018-11-05 10:45:00'")
    run(operator, HOUR)
    assert query(warehouse, "select cast(start_time as varchar) from time") == [
        ("2018-11-05 10:45:00",)
    ]


def test_an_artist_with_several_names_gets_the_same_one_in_whatever_order_songs_come(warehouse):
    songs = [
        ("S1", "AR1", "The Lanterns with Guest", "Oslo"),
        ("S2", "AR1", "The Lanterns", None),
        ("S3", "AR1", "The Lantern5", None),
        ("S4", "AR2", "Other", None),
    ]
    seen = set()
    for number, order in enumerate((songs, songs[::-1])):
        query(warehouse, "delete from staging_songs")
        for at, row in enumerate(order, start=1):
            stage_songs(warehouse, number * 10 + at, row)
            run(load(ARTISTS))
        seen.add(
            tuple(query(warehouse, "select artist_id, name, location from artists order by 1"))
        )
    assert seen == {(("AR1", "The Lantern5", "Oslo"), ("AR2", "Other", None))}


def test_a_dimension_of_the_catalogue_does_nothing_where_nothing_is_new(warehouse):
    operator = load(ARTISTS)
    stage_songs(warehouse, 1, ("S1", "AR1", "The Lanterns", None))
    assert run(operator)["inserted"] == 1
    query(warehouse, "delete from artists")  # a second look would insert them again
    assert run(operator) == {"replaced": 0, "inserted": 0}
    assert query(warehouse, "select count(*) from artists") == [(0,)]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("upsert", [(1, "new"), (2, "new"), (3, "old")]),
        ("append", [(1, "old"), (2, "new"), (3, "old")]),
        ("rebuild", [(1, "new"), (2, "new")]),
    ],
)
def test_each_mode_states_what_happens_to_an_existing_key(warehouse, mode, expected):
    query(warehouse, "create table lock_things (locked boolean)")
    query(warehouse, "create table things (id integer, name varchar(10))")
    query(warehouse, "insert into things values (1, 'old'), (3, 'old')")
    operator = LoadDimensionOperator(
        task_id="load_things",
        table=THINGS,
        select="select 'new' as name, 1 as id union all select 'new', 2",
        mode=mode,
    )
    run(operator, HOUR)
    assert query(warehouse, "select id, name from things order by id") == expected


def test_an_unknown_mode_is_an_error_of_the_dags_author():
    with pytest.raises(ValueError, match="mode 'newest' is none of upsert, append"):
        load(USERS, mode="newest")


def test_a_user_whose_newest_play_is_removed_from_its_file_is_as_of_the_previous_play(warehouse):
    stage_play(warehouse, 1, "2018-11-05 09:30:00", "free")
    stage_play(warehouse, 2, "2018-11-05 10:10:00", "free")
    stage_play(warehouse, 3, "2018-11-05 10:30:00", "paid")
    for window in (EARLIER, HOUR):
        run(load_users(), window)
    query(warehouse, "delete from staging_events where item_in_session = 3")
    run(load_users(), HOUR)
    newest = "select user_id, level, cast(last_play_at as varchar) from users"
    assert query(warehouse, newest) == [("7", "free", "2018-11-05 10:10:00")]
    query(warehouse, "delete from staging_events where item_in_session = 2")
    run(load_users(), HOUR)
    assert query(warehouse, newest) == [("7", "free", "2018-11-05 09:30:00")]


def test_a_user_whose_only_play_is_removed_from_its_file_is_deleted(warehouse):
    stage_play(warehouse, 1, "2018-11-05 10:10:00", user="7")
    stage_play(warehouse, 2, "2018-11-05 10:20:00", user="8")
    run(load_users(), HOUR)
    query(warehouse, "delete from staging_events where user_id = '7'")
    run(load_users(), HOUR)
    assert query(warehouse, "select user_id from users") == [("8",)]


def test_a_window_loaded_again_leaves_users_of_later_plays_alone(warehouse):
    stage_play(warehouse, 1, "2018-11-05 09:30:00", "free")
    stage_play(warehouse, 2, "2018-11-05 10:30:00", "paid")
    for window in (EARLIER, HOUR, EARLIER):
        run(load_users(), window)
    assert query(warehouse, "select level from users") == [("paid",)]


@pytest.mark.parametrize("mode", ["append", "window"])
def test_a_folders_table_refuses_modes_that_need_a_window(mode):
    with pytest.raises(ValueError, match=rf"{mode}.*songs (is loaded from a|has none)"):
        load(SONGS, mode=mode)


def test_a_table_loaded_from_a_folder_has_no_event_time():
    with pytest.raises(ValueError, match="rows of staging_songs belong to no window"):
        replace(SONGS, event_time="at")


def test_a_play_at_the_end_of_the_window_does_not_change_its_users(warehouse):
    stage_play(warehouse, 1, "2018-11-05 10:30:00", "free")
    stage_play(warehouse, 2, "2018-11-05 11:00:00", "paid")
    stage_play(warehouse, 3, "2018-11-05 11:00:00", "paid", user="8")
    run(load_users(), HOUR)
    assert query(warehouse, "select user_id, level from users") == [("7", "free")]


def test_between_two_rows_of_one_time_the_selected_one_stays(warehouse):
    """A select may read beyond the window: a dimension may have its own event time."""
    stage_play(warehouse, 1, "2018-11-05 10:30:00", "free")
    query(warehouse, "create table lock_things (locked boolean)")
    query(warehouse, "create table things (id integer, name varchar(10), at timestamp)")
    query(warehouse, "insert into things values (1, 'old', '2018-11-01'), (2, 'old', '2018-11-02')")
    operator = LoadDimensionOperator(
        task_id="load_things",
        table=replace(THINGS, event_time="at"),
        select="select 1 as id, 'new' as name, cast('2018-11-01' as timestamp) as at"
        " union all select 2, 'new', cast('2018-11-01' as timestamp)",
    )
    run(operator, HOUR)
    assert query(warehouse, "select id, name from things order by id") == [(1, "new"), (2, "old")]


@pytest.mark.parametrize("table", [SONGS, ARTISTS], ids=lambda table: table.name)
def test_rows_that_a_fully_read_catalogue_no_longer_has_are_removed(warehouse, table):
    operator, name, key = load(table), table.name, table.key[0]
    stage_songs(warehouse, 1, ("S1", "AR1", "The Lanterns", None), ("S2", "AR2", "Other", None))
    run(operator)
    query(warehouse, "delete from staging_songs")
    stage_songs(warehouse, 2, ("S1", "AR1", "The Lanterns", None))
    query(
        warehouse,
        "insert into load_listings (load_id, table_name, source, fingerprint, objects, voids_rows)"
        " values (2, 'staging_songs', 'x', 'f', 1, true)",
    )
    assert run(operator) == {"replaced": 2, "inserted": 1}
    assert query(warehouse, f"select {key} from {name}") == [("S1" if name == "songs" else "AR1",)]


@pytest.mark.parametrize("located", ["S1", "S2"])
def test_an_artists_place_is_one_with_a_latitude_if_any_song_has_one(warehouse, located):
    stage_songs(
        warehouse, 1, ("S1", "AR1", "The Lanterns", "Oslo"), ("S2", "AR1", "Lanterns", "Paris")
    )
    query(
        warehouse,
        "update staging_songs set artist_latitude = 1.5, artist_longitude = 2.5"
        f" where song_id = '{located}'",
    )
    run(load(ARTISTS))
    place = "Oslo" if located == "S1" else "Paris"
    assert query(warehouse, "select name, location, latitude from artists") == [
        ("Lanterns", place, Decimal("1.50000"))
    ]


@pytest.mark.parametrize("mode", ["upsert", "window", "append"])
def test_a_window_without_a_row_is_checked_and_its_select_does_not_run(warehouse, mode):
    stage_play(warehouse, 1, "2018-11-05 09:59:59.999")
    stage_play(warehouse, 2, "2018-11-05 11:00:00")
    broken = LoadDimensionOperator(
        task_id="load_users", table=USERS, select="select user_id from nowhere", mode=mode
    )
    assert run(broken, HOUR) == {"replaced": 0, "inserted": 0}
    results = query(warehouse, "select check_name, status from quality_results")
    assert ("users_loaded", "passed") in results
    assert len(results) == len(checks_before_commit(USERS)) + 1
    for at in ("2018-11-05 10:00:00", "2018-11-05 10:59:59.999"):
        query(warehouse, "delete from staging_events")
        stage_play(warehouse, 3, at)
        with pytest.raises(Exception, match="nowhere"):
            run(broken, HOUR)


def test_a_rebuild_runs_without_a_row_in_the_window(warehouse):
    stage_play(warehouse, 1, "2018-11-05 10:30:00")
    run(load_users(), HOUR)
    query(warehouse, "delete from staging_events")
    query(warehouse, "update users set last_play_at = '2018-11-05 09:00:00'")
    assert run(load(USERS, mode="rebuild"), HOUR) == {"replaced": 1, "inserted": 0}


def test_a_repair_of_all_time_removes_a_row_of_no_time(warehouse):
    query(warehouse, "insert into users (user_id, level) values ('7', 'free')")
    assert run(load(USERS, repair=True)) == {"replaced": 1, "inserted": 0}
