"""Loading any windows, in any order, concurrently and repeatedly, gives the same warehouse.

This holds whatever lands in S3 before, between and after the loads. A story lands files and loads
windows, one by one or four at once. At its end each window is loaded once more, in random order,
since files may have changed after its load. The seven tables must then equal those of a straight
load, in order, of the same files.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowFailException
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from local.s3 import REGION
from sparkify.loads.verdicts import Budget
from sparkify.quality.checks import run_checks
from sparkify.quality.suite import checks_of_audit
from sparkify.warehouse.session import Warehouse
from tests.support.runs import (
    ROOT,
    Span,
    dump,
    empty_tables,
    event,
    put_lines,
    put_paths,
    query,
    run_dag,
    song,
)

EDGES = [
    "2018-11-05T22:00:00Z",
    "2018-11-05T22:30:00Z",
    "2018-11-05T23:00:00Z",
    "2018-11-06T00:00:00Z",
    "2018-11-06T01:00:00.000Z",
    "2018-11-06T01:00:00.250Z",
    "2018-11-06T02:00:00Z",
]
TIMES = {
    5: ["22:00:00", "22:29:59.999", "22:30:00", "23:10:00", "23:59:59.999"],
    6: ["00:00:00", "00:59:59.999", "01:00:00", "01:00:00.250", "01:40:00"],
}
TITLES = ("Northbound", "Ebb", None)


@dataclass(frozen=True)
class Event:
    """An event of the day's file. Events with equal user and item have the same key."""

    time: str
    user: int
    item: int
    level: str
    song: str | None
    page: str = "NextSong"

    def record(self, day: int) -> dict[str, Any]:
        return event(
            f"2018-11-0{day}T{self.time}",
            sessionId=self.user,
            itemInSession=self.item,
            userId=str(self.user),
            level=self.level,
            song=self.song,
            page=self.page,
        )


@dataclass(frozen=True)
class LandDay:
    """A day's file lands. It replaces the previous one, or (`late`) adds rows to it."""

    day: int
    events: tuple[Event, ...]
    name: str = "events.json"
    late: bool = False

    @property
    def key(self) -> str:
        return f"log_data/2018/11/2018-11-0{self.day}-{self.name}"


@dataclass(frozen=True)
class LandSong:
    """A file of the catalogue lands, or (None) is deleted."""

    file: str
    song: tuple[str, str | None, str, str] | None  # song_id, title, artist_id, artist_name


@dataclass(frozen=True)
class LandOther:
    """An object that is not data lands. It is ignored or reported."""

    key: str


@dataclass(frozen=True)
class Load:
    """Windows are loaded in this order, or four at once."""

    windows: tuple[Span, ...]
    at_once: bool = False


pytestmark = pytest.mark.drawn

# Stories put one key into the files of two days, and leave the catalogue empty.
MAY_FAIL = {
    "staging_songs_not_empty",
    "staging_events_key_unique",
    "staging_events_key_unique_around_window",
    "songplays_key_unique",
    "page_views_key_unique",
}

Tables = dict[str, list[tuple[Any, ...]]]
Step = LandDay | LandSong | LandOther | Load

windows = (
    st.tuples(st.integers(0, len(EDGES) - 1), st.integers(0, len(EDGES) - 1))
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: (EDGES[pair[0]], EDGES[pair[1]]))
)
days = st.sampled_from([5, 6]).flatmap(
    lambda day: st.builds(
        LandDay,
        st.just(day),
        st.lists(
            st.builds(
                Event,
                time=st.sampled_from(TIMES[day]),
                user=st.integers(1, 2),
                item=st.integers(0, 3),
                level=st.sampled_from(["free", "paid"]),
                song=st.sampled_from(TITLES),
                page=st.sampled_from(["NextSong", "NextSong", "Home"]),
            ),
            max_size=6,
        ).map(tuple),
        name=st.sampled_from(["events.json", "events.json", "events-2.json", "events.json.2"]),
        late=st.booleans(),
    )
)
others = st.builds(
    LandOther,
    st.sampled_from(
        [
            "log_data/2018/11/_SUCCESS",
            "log_data/2018/11/.ipynb_checkpoints/2018-11-05-events-checkpoint.json",
            "log_data/2018/11/2018-11-05-event.json",
            "song_data/.DS_Store",
            "song_data/A/",
        ]
    ),
)
songs = st.builds(
    LandSong,
    file=st.sampled_from(["A/1.json", "A/2.json", "B/3.json"]),
    song=st.none()
    | st.tuples(
        st.sampled_from(["S1", "S2"]),
        st.sampled_from(TITLES),
        st.sampled_from(["AR1", "AR2"]),
        st.sampled_from(["The Lanterns", "Ada feat. The Lanterns"]),
    ),
)
loads = st.builds(
    Load,
    windows=st.lists(windows, min_size=1, max_size=4).map(tuple),
    at_once=st.booleans(),
)
stories = st.lists(st.one_of(days, songs, loads, others), min_size=2, max_size=8).filter(
    lambda story: any(isinstance(step, Load) for step in story)
)


@pytest.fixture(scope="module")
def etl() -> Any:
    dag = DagBag(str(ROOT / "dags" / "sparkify_etl.py")).dags["sparkify_etl"]
    for task_id in ("stage_events", "stage_songs"):
        dag.get_task(task_id).budget = Budget()  # one bad row is a large share of few rows
    return dag


# The same key on both sides of midnight: each window keeps its own play.
TWICE = [
    LandDay(5, (Event("23:59:59.999", 1, 0, "free", "Ebb"),)),
    LandDay(6, (Event("00:00:00", 1, 0, "paid", "Ebb"),)),
    Load(((EDGES[0], EDGES[3]), (EDGES[3], EDGES[4]))),
]


# A new file assigns the only song of an artist to another one.
TAKEN = [
    LandSong("B/3.json", ("S1", "Northbound", "AR2", "The Lanterns")),
    Load(((EDGES[0], EDGES[1]),)),
    LandSong("A/1.json", ("S1", None, "AR1", "Ada feat. The Lanterns")),
]


# A file grows after its first hours were loaded, and a second file repeats some of its rows.
GROWS = [
    LandDay(5, (Event("22:00:00", 1, 0, "free", "Ebb"),)),
    Load(((EDGES[0], EDGES[2]),)),
    LandDay(5, (Event("22:30:00", 1, 1, "paid", "Ebb"), Event("22:00:00", 2, 0, "free", None)),
            late=True),
    LandDay(5, (Event("22:30:00", 1, 1, "paid", "Ebb"), Event("23:10:00", 1, 2, "free", None)),
            name="events-2.json"),
    LandOther("log_data/2018/11/_SUCCESS"),
    Load(((EDGES[2], EDGES[3]),)),
]  # fmt: skip


@settings(suppress_health_check=list(HealthCheck))
@example(story=GROWS, order=Random(0), at_once=False)
@example(story=TWICE, order=Random(0), at_once=False)
@example(story=TAKEN, order=Random(0), at_once=False)
@given(story=stories, order=st.randoms(use_true_random=False), at_once=st.booleans())
def test_any_story_ends_in_the_tables_of_a_straight_load(etl, s3, warehouse, story, order, at_once):
    _hold(etl, s3, warehouse, story, order, at_once)


@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data(), order=st.randoms(use_true_random=False))
def test_any_story_of_four_runs_at_once_ends_in_the_tables_of_a_straight_load(
    etl, s3, warehouse, data, order
):
    first = data.draw(st.lists(st.one_of(days, songs), min_size=2, max_size=5), label="landed")
    beside = data.draw(st.lists(windows, min_size=4, max_size=8), label="loaded")
    then = data.draw(st.lists(st.one_of(days, songs), max_size=2), label="landed then")
    story = [*first, Load(tuple(beside), at_once=True), *then]
    _hold(etl, s3, warehouse, story, order, at_once=True)


def _hold(etl: Any, s3: Any, warehouse: Any, story: Sequence[Step], order: Any, at_once: bool):
    """Play the story, and compare the result with a straight load of the same files."""
    bucket = f"replay-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    put_paths(s3, bucket)
    empty_tables(warehouse)
    for step in story:
        _take(step, etl, s3, bucket)
    windows = [window for step in story if isinstance(step, Load) for window in step.windows]
    order.shuffle(windows)
    _take(Load(tuple(windows), at_once), etl, s3, bucket)
    ended = dump(warehouse)
    empty_tables(warehouse)
    _take(Load(tuple(_in_order(windows))), etl, s3, bucket)
    straight = dump(warehouse)
    assert _differences(ended, straight) == {}
    assert _hash(ended) == _hash(straight)
    assert _failed_checks() <= MAY_FAIL
    query(warehouse, "delete from quality_results")
    for window in _in_order(windows):
        with suppress(AirflowFailException):
            run_dag(etl, window, bucket=bucket, tries=5)
    failed = query(warehouse, "select check_name from quality_results where status = 'failed'")
    assert {name for (name,) in failed} <= MAY_FAIL
    assert not query(
        warehouse,
        "select songplay_id from songplays group by 1, start_time having count(*) > 1"
        " union all select user_id from users group by 1 having count(*) > 1"
        " union all select song_id from songs group by 1 having count(*) > 1"
        " union all select artist_id from artists group by 1 having count(*) > 1",
    )


def _failed_checks() -> set[str]:
    """The checks of the audit that fail."""
    with Warehouse.connect("redshift_default") as connection:
        results = run_checks(connection, checks_of_audit(), {})
    return {result.name for result in results if result.status == "failed"}


def _take(step: Step, etl: Any, s3: Any, bucket: str) -> None:
    match step:
        case LandDay(day, events):
            rows: list[Any] = [item.record(day) for item in events]
            if step.late:
                rows = [*_landed(s3, bucket, step.key), *rows]
            put_lines(s3, bucket, step.key, rows)
        case LandOther(key):
            s3.put_object(Bucket=bucket, Key=key, Body=b"" if key.endswith("/") else b"Bud1")
        case LandSong(file, None):
            s3.delete_object(Bucket=bucket, Key=f"song_data/{file}")
        case LandSong(file, (song_id, title, artist_id, name)):
            row = song(song_id, title=title, artist_id=artist_id, artist_name=name)
            s3.put_object(Bucket=bucket, Key=f"song_data/{file}", Body=json.dumps(row).encode())
        case Load(windows, at_once):

            def load(window: Span) -> None:
                run_dag(etl, window, bucket=bucket, without=["check_quality"], tries=5)

            with ThreadPoolExecutor(4 if at_once else 1) as pool:
                list(pool.map(load, windows))


def _landed(s3: Any, bucket: str, key: str) -> list[str]:
    """The current lines of the file; none if it has not landed yet."""
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode().splitlines()
    except s3.exceptions.NoSuchKey:
        return []


def _in_order(windows: Sequence[Span]) -> list[Span]:
    """The time that the windows cover, merged into as few windows as possible, in order."""
    pieces: list[Span] = []
    for start, end in sorted(windows):
        if pieces and start <= pieces[-1][1]:
            pieces[-1] = (pieces[-1][0], max(end, pieces[-1][1]))
        else:
            pieces.append((start, end))
    return pieces


def _differences(ended: Tables, straight: Tables) -> dict[str, Any]:
    """For each table, the rows that only one of the two has."""
    return {
        table: {
            "too many": [row for row in ended[table] if row not in straight[table]],
            "lost": [row for row in straight[table] if row not in ended[table]],
        }
        for table in straight
        if ended[table] != straight[table]
    }


def _hash(tables: Tables) -> str:
    return hashlib.sha256(repr(tables).encode()).hexdigest()
