"""The numbers on the page equal those that another engine, DuckDB, counts in the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import ftfy
import pytest

from local.sample_data import Parameters, write
from sparkify.insights.answers import INSIGHTS, insight, last_day
from sparkify.insights.selection import Selection, last_days
from sparkify.warehouse.session import Warehouse
from tests.dags.test_sparkify_etl import REAL_DATA
from tests.support.aws import put_data
from tests.support.runs import etl_dag, run_dag

# All types are given: type detection would read the artist named 311 as a number.
VIEWS = """
create table views as
select
    make_timestamp(ts * 1000) as seen_at, cast(seen_at as date) as day,
    nullif(userId, '') as user_id,
    sessionId as session_id, itemInSession as item, page, status, level, location, gender,
    length, repaired(song) as song, repaired(artist) as artist,
    exists (
        select 1 from catalogue as songs
        where songs.title = views.song and artist_name = views.artist and duration = length
    ) as matched,
    exists (
        select 1 from catalogue
        where title = repaired(song) and artist_name = repaired(artist) and duration = length
    ) as matched_if_repaired
from read_json($events, format = 'newline_delimited', columns = {
    ts: 'bigint', page: 'varchar', userId: 'varchar', level: 'varchar', song: 'varchar',
    artist: 'varchar', location: 'varchar', sessionId: 'bigint', length: 'double',
    itemInSession: 'int', status: 'int', gender: 'varchar'}) as views
"""
CATALOGUE = """
create table catalogue as
select * from read_json($songs, format = 'auto', columns = {
    title: 'varchar', artist_name: 'varchar', duration: 'double'})
"""
PLAYS = "create table plays as select *, seen_at as played_at from views where page = 'NextSong'"
PERIOD = "played_at >= $first and played_at < $last + interval 1 day"
SEEN = "seen_at >= $first and seen_at < $last + interval 1 day"
HOURS = "cast(coalesce(sum(cast(length as decimal(12, 5))), 0) / 3600 as decimal(18, 2))"
MINUTES = "date_diff('second', min(seen_at), max(seen_at)) / 60"
STEPS = """
    (values (0, 1), (1, 5), (5, 15), (15, 30), (30, 60), (60, 120), (120, 240), (240, 100000))
    as steps (low, high)"""
COUNTED = {
    "headline_listening": f"""
        select count(*), {HOURS}, count(distinct user_id), count(distinct session_id),
            count(*) filter (level = 'paid')
        from plays where {PERIOD}""",
    "headline_catalogue": f"""
        select count(*), count(distinct (song, artist)), count(distinct artist),
            count(*) filter (matched), count(*) filter (matched_if_repaired and not matched)
        from plays where {PERIOD}""",
    "most_played_songs": f"""
        select song, artist, count(*) as n, count(distinct user_id)
        from plays where {PERIOD} and song is not null
        group by all order by n desc, song, artist limit 50""",
    "most_played_artists": f"""
        select artist, count(distinct song), count(*) as n, count(distinct user_id)
        from plays where {PERIOD} group by all order by n desc, artist limit 50""",
    "plays_by_day": f"""
        select cast(played_at as date) as day, level, count(*), count(distinct user_id), {HOURS}
        from plays where {PERIOD} group by all order by 1, 2""",
    "plays_by_level": f"""
        select level, count(*) as n, count(*) filter (matched), count(distinct user_id), {HOURS}
        from plays where {PERIOD} group by all order by n desc""",
    "plays_by_hour": f"""
        select dayofweek(played_at), hour(played_at), count(*), count(distinct user_id)
        from plays where {PERIOD} group by all order by 1, 2""",
    "top_songs_by_hour": f"""
        select hour(played_at) as hour, song, artist, count(*) as n
        from plays where {PERIOD} group by hour, song, artist
        qualify row_number() over (partition by hour order by n desc, song, artist) = 1
        order by hour""",
    "plays_by_location": f"""
        select location, count(*) as n, count(distinct user_id), {HOURS}
        from plays where {PERIOD} and location is not null
        group by all order by n desc, location limit 50""",
    "listeners_by_day": f"""
        with first_day as
            (select user_id, min(cast(played_at as date)) as first from plays group by all),
        days as (select distinct cast(played_at as date) as day, user_id from plays where {PERIOD})
        select day, count(*) filter (day = first), count(*) filter (day > first)
        from days join first_day using (user_id) group by all order by 1""",
    "active_listeners": f"""
        select days.day, count(distinct user_id) filter (plays.day = days.day) as daily,
            count(distinct user_id) filter (plays.day > days.day - 7),
            count(distinct user_id) as monthly, cast(daily / monthly as decimal(5, 4))
        from (select distinct day from plays where {PERIOD}) as days
        join plays on plays.day between days.day - 29 and days.day
        group by all order by 1""",
    "retention": """
        with firsts as (
            select user_id, min(played_at) as first,
                cast(date_trunc('week', first) as date) as cohort
            from plays group by all having first >= $first and first < $last + interval 1 day)
        select cohort, (select count(*) from firsts as f where f.cohort = firsts.cohort) as size,
            (cast(date_trunc('week', day) as date) - cohort) // 7 as week,
            count(distinct user_id) as n
        from firsts join plays using (user_id) where played_at < $last + interval 1 day
        group by all order by 1, 3""",
    "gone_listeners": """
        with seen as (select * from views where seen_at < $last + interval 1 day),
        lasts as (
            select user_id, arg_max(level, (seen_at, item)) as level, max(seen_at) as last,
                arg_max(page, (seen_at, session_id, item)) as page
            from seen where user_id is not null group by all)
        select user_id, lasts.level, last,
            cast((select max(seen_at) from seen) as date) - cast(last as date) as days, lasts.page,
            count(*) filter (seen.page = 'NextSong'), count(*) filter (status >= 400),
            count(*) filter (seen.page in ('Upgrade', 'Submit Upgrade', 'Downgrade',
                'Submit Downgrade', 'Cancel', 'Cancellation Confirmation'))
        from lasts join seen using (user_id)
        where last >= $first and last <= (select max(seen_at) from seen) - interval 14 days
            and seen_at >= last - interval 7 days
        group by all order by last desc, user_id limit 50""",
    "plan_changes": f"""
        select change, step, pages.page, count(views.page), count(distinct user_id)
        from (values ('upgrade', 'Upgrade', 1), ('upgrade', 'Submit Upgrade', 2),
            ('downgrade', 'Downgrade', 1), ('downgrade', 'Submit Downgrade', 2),
            ('cancellation', 'Cancel', 1), ('cancellation', 'Cancellation Confirmation', 2)
        ) as pages (change, page, step)
        left join views on views.page = pages.page and {SEEN}
        group by all order by 1 desc, 2""",
    "session_lengths": f"""
        with listeners as (select * from views where user_id is not null and {SEEN}),
        starts as (
            select *, coalesce(seen_at - lag(seen_at) over w > interval 30 minutes, true) as starts
            from listeners window w as (partition by user_id order by seen_at, session_id, item)),
        visits as (
            select *, count(*) filter (starts) over
                (partition by user_id order by seen_at, session_id, item
                 rows unbounded preceding) as visit
            from starts)
        select low,
            (select count(*)
                from (select {MINUTES} as m from listeners group by user_id, session_id)
                where m >= low and m < high),
            (select count(*) from (select {MINUTES} as m from visits group by user_id, visit)
                where m >= low and m < high)
        from {STEPS} order by low""",
    "sessions": f"""
        select session_id, user_id, min(seen_at) as first,
            -- Tenths of a minute, rounded without a float's error.
            cast((date_diff('second', first, max(seen_at)) + 3) // 6 / 10 as decimal(18, 1)) as m,
            count(*) filter (page = 'NextSong'), count(*)
        from views where {SEEN} and user_id is not null
        group by session_id, user_id order by m desc, first, session_id limit 50""",
    "pages": f"""
        select page, count(*) as n, count(distinct user_id), count(distinct session_id),
            count(*) filter (status = 404)
        from views where {SEEN} group by all order by n desc, page""",
    "listeners_by_gender": f"""
        select gender, count(distinct user_id), count(*) as n, {HOURS},
            cast(count(*) filter (level = 'paid') / n as decimal(5, 4))
        from plays where {PERIOD} group by all order by n desc""",
    "listener_segments": f"""
        with plays as (select * from plays where {PERIOD}),
        weeks as (select greatest(1, (max(day) - min(day) + 1) / 7) as weeks from plays),
        listeners as (
            select user_id, count(distinct day) / any_value(weeks) as days, count(*) as plays,
                count(*) filter (isodow(day) >= 6) / count(*) > 0.5 as weekend
            from plays, weeks group by all)
        select if(days >= 3, 'power', if(days >= 1, 'regular', 'rare')) as segment, count(*),
            count(*) filter (weekend), sum(plays) as n
        from listeners group by all order by n desc""",
    "catalogue_coverage": f"""
        select cast(played_at as date) as day, count(*), count(*) filter (matched),
            cast(round(count(*) filter (matched) / count(*), 4) as decimal(18, 4)),
            count(*) filter (matched_if_repaired and not matched)
        from plays where {PERIOD} group by all order by 1""",
    "unmatched_songs": f"""
        select song, artist, count(*) as n, count(distinct user_id)
        from plays where {PERIOD} and song is not null
        group by all having not bool_or(matched or matched_if_repaired)
        order by n desc, song, artist limit 50""",
}
# The columns that are compared, where the engine does not count all of them.
COMPARED = {
    "retention": ("cohort_week", "cohort_listeners", "week_number", "listeners"),
    "pages": ("page", "views", "listeners", "sessions", "errors"),
    "session_lengths": ("minutes_from", "sessions", "visits"),
}


@pytest.fixture(params=["sample", "real"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "sample":
        write(tmp_path / "data", Parameters())
        return tmp_path / "data"
    if not REAL_DATA.is_dir():
        pytest.skip("the real data is not on this machine")
    return REAL_DATA


@pytest.fixture
def session(warehouse: Any, bucket: str, files: Path) -> Iterator[Warehouse]:
    put_data(bucket, files)
    run_dag(etl_dag(), ("2018-11-01T00:00:00Z", "2018-12-01T00:00:00Z"), bucket=bucket)
    with Warehouse.connect("redshift_default") as opened:
        yield opened


def test_the_page_counts_as_another_engine_does(session: Warehouse, files: Path):
    newest = last_day(session)
    assert newest is not None
    engine = engine_on(files)
    for period in (last_days(newest), Selection(newest.replace(day=3), newest.replace(day=5))):
        for name, sql in COUNTED.items():
            bound = {"first": period.first, "last": period.last}
            used = {key: value for key, value in bound.items() if f"${key}" in sql}
            counted = _plain(engine.execute(sql, used).fetchall())
            answer = insight(session, name, period)
            columns = COMPARED.get(name, answer.columns[: len(counted[0])] if counted else ())
            shown = [tuple(row[column] for column in columns) for row in answer.records()]
            assert _plain(shown) == counted, name
            assert bool(shown) == bool(answer.rows), name


def test_each_insight_is_counted_or_read_from_one_that_is():
    assert INSIGHTS.keys() - COUNTED.keys() == {
        "headline_listeners",  # of listeners, sessions and pages, which are counted
        "conversions",  # by hand in test_answers, as the next one
        "damaged_text",
        "devices",  # by ua-parser, in tests/include
    }


def engine_on(files: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB with the events and songs of the files, their texts repaired by ftfy."""
    engine = duckdb.connect()
    engine.create_function("repaired", lambda text: ftfy.fix_encoding(text), ["VARCHAR"], "VARCHAR")
    events, songs = (str(files / f"{name}_data/**/*.json") for name in ("log", "song"))
    engine.execute(CATALOGUE.replace("$songs", f"'{songs}'"))
    engine.execute(VIEWS.replace("$events", f"'{events}'"))
    engine.execute(PLAYS)
    return engine


def _plain(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(int(v) if isinstance(v, (int, bool)) else v for v in row) for row in rows]
