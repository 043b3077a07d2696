"""The numbers on the page equal those that another engine, DuckDB, counts in the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from local.s3 import mirror
from local.sample_data import Parameters, write
from sparkify.insights.answers import insight, last_day
from sparkify.insights.selection import Selection, last_days
from sparkify.warehouse.session import Warehouse
from tests.dags.test_sparkify_etl import REAL_DATA
from tests.support.runs import etl_dag, run_dag

# All types are given: type detection would read the artist named 311 as a number.
EVENTS = """
create table plays as
select
    make_timestamp(ts * 1000) as played_at, userId as user_id, level, song, artist, location,
    sessionId as session_id,
    exists (
        select 1 from read_json($songs, format = 'auto', columns = {
            title: 'varchar', artist_name: 'varchar', duration: 'double'}) as songs
        where songs.title = song and songs.artist_name = artist and songs.duration = length
    ) as matched
from read_json($events, format = 'newline_delimited', columns = {
    ts: 'bigint', page: 'varchar', userId: 'varchar', level: 'varchar', song: 'varchar',
    artist: 'varchar', location: 'varchar', sessionId: 'bigint', length: 'double'})
where page = 'NextSong'
"""
PERIOD = "played_at >= $first and played_at < $last + interval 1 day"
COUNTED = {
    "headline_listening": f"""
        select count(*), null, count(distinct user_id), count(distinct session_id),
            count(*) filter (level = 'paid')
        from plays where {PERIOD}""",
    "most_played_songs": f"""
        select song, artist, count(*) as n, count(distinct user_id)
        from plays where {PERIOD} and song is not null
        group by all order by n desc, song, artist limit 50""",
    "most_played_artists": f"""
        select artist, count(distinct song), count(*) as n, count(distinct user_id)
        from plays where {PERIOD} group by all order by n desc, artist limit 50""",
    "plays_by_day": f"""
        select cast(played_at as date) as day, level, count(*), count(distinct user_id)
        from plays where {PERIOD} group by all order by 1, 2""",
    "plays_by_hour": f"""
        select dayofweek(played_at), hour(played_at), count(*), count(distinct user_id)
        from plays where {PERIOD} group by all order by 1, 2""",
    "plays_by_location": f"""
        select location, count(*) as n, count(distinct user_id)
        from plays where {PERIOD} and location is not null
        group by all order by n desc, location limit 50""",
    "listeners_by_day": f"""
        with first_day as
            (select user_id, min(cast(played_at as date)) as first from plays group by all),
        days as (select distinct cast(played_at as date) as day, user_id from plays where {PERIOD})
        select day, count(*) filter (day = first), count(*) filter (day > first)
        from days join first_day using (user_id) group by all order by 1""",
    "sessions": f"""
        select session_id, user_id, min(played_at) as first,
            -- Tenths of a minute, rounded without a float's error.
            cast((date_diff('second', first, max(played_at)) + 3) // 6 / 10 as decimal(18, 1)),
            count(*)
        from plays where {PERIOD} group by session_id, user_id order by first, session_id""",
    "catalogue_coverage": f"""
        select cast(played_at as date) as day, count(*), count(*) filter (matched),
            cast(round(count(*) filter (matched) / count(*), 4) as decimal(18, 4))
        from plays where {PERIOD} group by all order by 1""",
    "unmatched_songs": f"""
        select song, artist, count(*) as n, count(distinct user_id)
        from plays where {PERIOD} and song is not null
        group by all having not bool_or(matched) order by n desc, song, artist limit 50""",
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
def session(warehouse: Any, s3: Any, bucket: str, files: Path) -> Iterator[Warehouse]:
    mirror(s3, files, bucket=bucket)
    run_dag(etl_dag(), ("2018-11-01T00:00:00Z", "2018-12-01T00:00:00Z"), bucket=bucket)
    with Warehouse.connect("redshift_default") as opened:
        yield opened


def test_the_page_counts_as_another_engine_does(session: Warehouse, files: Path):
    newest = last_day(session)
    assert newest is not None
    engine = duckdb.connect()
    places = {
        "events": str(files / "log_data/**/*.json"),
        "songs": str(files / "song_data/**/*.json"),
    }
    view = EVENTS
    for name, place in places.items():
        view = view.replace(f"${name}", f"'{place}'")
    engine.execute(view)
    whole = last_days(newest)
    for period in (whole, Selection(newest.replace(day=3), newest.replace(day=5))):
        for name, sql in COUNTED.items():
            bound = {"first": period.first, "last": period.last}
            counted = engine.execute(sql, bound).fetchall()
            shown = [row[: len(counted[0])] for row in insight(session, name, period).rows]
            assert _plain(shown) == _plain(counted), name
            assert counted[0][-1] is not None


def _plain(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(int(v) if isinstance(v, (int, bool)) else v for v in row) for row in rows]
