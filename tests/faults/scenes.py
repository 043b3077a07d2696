"""The warehouse and bucket before a task, for tests that interrupt it.

Each scene makes its task replace, insert, reject and record something, so that an interrupted task
would leave traces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.faults.child import perform
from tests.support.runs import TABLES, Span, event, put_lines, put_paths, query, song

HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
EARLIER = ("2018-11-05T09:00:00Z", "2018-11-05T10:00:00Z")
EVENTS = "log_data/2018/11/2018-11-05-events.json"
_MOMENTS = ("loaded_at", "listed_at", "rejected_at", "reached_at", "checked_at", "found_at")

Rows = dict[str, list[str]]


@dataclass(frozen=True)
class Site:
    """The servers of a scene."""

    s3: Any
    bucket: str
    connection: Any

    def put_events(self, *events: Any) -> None:
        put_lines(self.s3, self.bucket, EVENTS, events)

    def put_songs(self, file: str, *songs: Any) -> None:
        put_lines(self.s3, self.bucket, f"song_data/{file}", songs)

    def do(self, *tasks: str, window: Span = HOUR) -> None:
        for task in tasks:
            perform(task, window, self.bucket)


def _plays(site: Site) -> None:
    put_paths(site.s3, site.bucket)
    site.put_events(
        event("2018-11-05T09:30:00", sessionId=1, userId="7", level="free"),
        event("2018-11-05T10:10:00", sessionId=2, userId="7", level="paid"),
        event("2018-11-05T10:20:00", sessionId=3, userId="8"),
    )


def _stage_events(site: Site) -> None:
    _plays(site)
    site.do("stage_events")
    again = event("2018-11-05T10:10:00", sessionId=2, level="free")
    good = [again | {"sessionId": number} for number in range(20, 60)]
    site.put_events(*good, again, again | {"song": "Ebb"}, event("2018-11-06T10:00:00"), "{broken")


def _stage_new_songs(site: Site) -> None:
    site.put_songs("1.json", song("S1"), song("S2"))
    site.do("stage_songs")
    site.put_songs("2.json", song("S1", title="Another"), *(song(f"N{n}") for n in range(20)))
    site.put_songs("3.json", song("S3"), "{broken")


def _stage_songs_in_full(site: Site) -> None:
    site.put_songs("1.json", song("S1"), song("S2"))
    site.put_songs("2.json", song("S3"))
    site.do("stage_songs")
    site.put_songs("1.json", song("S1", title="Another"))


def _load_users(site: Site) -> None:
    """User 8 has no play in this hour any more, so their row must be that of the hour before."""
    _plays(site)
    site.do("stage_events", "load_users", window=EARLIER)
    site.do("stage_events", "load_users")
    site.put_events(
        event("2018-11-05T09:40:00", sessionId=3, userId="8", level="paid"),
        event("2018-11-05T10:10:00", sessionId=2, userId="7", level="free"),
        event("2018-11-05T10:30:00", sessionId=4, userId="9"),
    )
    site.do("stage_events", window=EARLIER)
    site.do("stage_events")


def _load_time(site: Site) -> None:
    _plays(site)
    site.do("stage_events", "load_time")
    site.put_events(event("2018-11-05T10:40:00"))
    site.do("stage_events")


def _load_songs(site: Site) -> None:
    site.put_songs("1.json", song("S1"), song("S2", artist_id="AR2"))
    site.do("stage_songs", "load_songs", "load_artists")
    site.put_songs("2.json", song("S3"), song("S4", artist_id="AR4"))
    site.do("stage_songs")


def _load_page_views(site: Site) -> None:
    _plays(site)
    site.do("stage_events", "load_page_views")
    site.put_events(event("2018-11-05T10:40:00", page="Home"))
    site.do("stage_events")


def _load_songplays(site: Site) -> None:
    _plays(site)
    site.put_songs("1.json", song("S1"))
    site.do("stage_events", "stage_songs", "load_songplays")
    site.put_events(event("2018-11-05T10:40:00"))
    site.do("stage_events")


def _load_songplays_late(site: Site) -> None:
    _plays(site)
    site.put_songs("1.json", song("S9", title="Ebb"))
    site.do("stage_events", "stage_songs", "load_songplays", window=EARLIER)
    site.do("stage_events", "load_songplays")
    site.put_songs("2.json", song("S1"))
    site.do("stage_songs")


def _check_quality(site: Site) -> None:
    _load_songs(site)
    _plays(site)
    site.do("stage_events", "load_users", "load_time", "load_songs", "load_artists")
    site.do("load_songplays", "load_page_views")


@dataclass(frozen=True)
class Scene:
    """A task and the state before it."""

    task_id: str
    prepare: Callable[[Site], None]


SCENES = {
    "stage_events": Scene("stage_events", _stage_events),
    "stage_songs-new": Scene("stage_songs", _stage_new_songs),
    "stage_songs-in_full": Scene("stage_songs", _stage_songs_in_full),
    "load_users": Scene("load_users", _load_users),
    "load_time": Scene("load_time", _load_time),
    "load_songs": Scene("load_songs", _load_songs),
    "load_artists": Scene("load_artists", _load_songs),
    "load_page_views": Scene("load_page_views", _load_page_views),
    "load_songplays": Scene("load_songplays", _load_songplays),
    "load_songplays-late_songs": Scene("load_songplays", _load_songplays_late),
    "check_quality": Scene("check_quality", _check_quality),
}


# Loads keep the results of their checks outside of their transaction, also if they fail.
CHECKED = " where task_id = 'check_quality'"


def rows(connection: Any) -> Rows:
    """The rows of all tables that loads write, in one snapshot, without their timestamps."""
    columns = query(
        connection,
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'public' order by table_name, ordinal_position",
    )
    names: dict[str, list[str]] = {table: [] for table in TABLES}
    for table, column in columns:
        if column not in _MOMENTS:
            names[table].append(column)
    selects = [
        f"select '{table}' as held, {_as_text(names[table])} as row_text"
        f" from {table}{CHECKED if table == 'quality_results' else ''}"
        for table in TABLES
    ]
    results: Rows = {table: [] for table in TABLES}
    for table, text in query(connection, " union all ".join(selects)):
        results[table].append(text)
    return {table: sorted(texts) for table, texts in results.items()}


def _as_text(columns: list[str]) -> str:
    return " || ',' || ".join(f"nvl(cast({column} as varchar), 'NULL')" for column in columns)


def keep(connection: Any, schema: str) -> None:
    """Save the rows of all tables."""
    query(connection, f"drop schema if exists {schema} cascade")
    query(connection, f"create schema {schema}")
    for table in TABLES:
        query(connection, f"create table {schema}.{table} as select * from {table}")


def restore(connection: Any, schema: str) -> None:
    """Restore the saved rows."""
    for table in TABLES:
        query(connection, f"delete from {table}")
        query(connection, f"insert into {table} select * from {schema}.{table}")
