"""Loads a tiny bucket with all operators, in the scratch schema and prefix."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from conformance import ROOT
from conformance.probe import Differs, expect, probe
from conformance.target import Target

_TOPIC = "The project's loads"
_DAY = datetime(2018, 11, 1, tzinfo=UTC)
_WINDOW = ("2018-11-01T00:00:00Z", "2018-11-02T00:00:00Z")
# A play matches a song on these three fields.
_SONG = {"title": "Northbound", "artist_name": "The Lanterns", "duration": 200.5}
_COUNTS = {"staging_events": 3, "songplays": 2, "users": 1, "songs": 1, "artists": 1, "time": 2}


def _events() -> list[dict[str, Any]]:
    """A play of a song in the catalogue, a play of another song, and a page view."""
    shared = {
        "auth": "Logged In",
        "firstName": "Ada",
        "gender": "F",
        "lastName": "Byron",
        "level": "free",
        "location": "London",
        "method": "PUT",
        "registration": 1540000000000.0,
        "sessionId": 1,
        "status": 200,
        "userAgent": '"Mozilla/5.0"',
        "userId": "7",
    }
    play_in_catalogue: dict[str, Any] = {
        "artist": "The Lanterns",
        "song": "Northbound",
        "length": 200.5,
        "page": "NextSong",
    }
    other_play = play_in_catalogue | {"song": "Elsewhere"}
    other = {"artist": None, "song": None, "length": None, "page": "Home"}
    start = round(_DAY.timestamp() * 1000)
    return [
        {**shared, **page, "itemInSession": item, "ts": start + item * 3_600_000 + 796}
        for item, page in enumerate((play_in_catalogue, other_play, other))
    ]


def _put_sources(target: Target) -> None:
    events = _events()
    song = {
        "num_songs": 1,
        "artist_id": "AR1",
        "artist_latitude": None,
        "artist_longitude": None,
        "artist_location": "",
        "song_id": "SO1",
        "year": 1999,
        **_SONG,
    }
    columns = ["artist", "auth", "firstName", "gender", "itemInSession", "lastName", "length"]
    columns += ["level", "location", "method", "page", "registration", "sessionId", "song"]
    columns += ["status", "ts", "userAgent", "userId"]
    paths = {"jsonpaths": [f"$['{name}']" for name in columns]}
    target.put(*events, key="log_data/2018/11/2018-11-01-events.json")
    target.put(song, key="song_data/A/song.json")
    target.put(paths, key="log_json_path.json")


def _operators(target: Target) -> Iterator[Any]:
    """A task that creates the tables, and the tasks of sparkify_etl in order."""
    from airflow.dag_processing.dagbag import DagBag

    from sparkify.operators import MigrateSchemaOperator, StageToRedshiftOperator

    yield MigrateSchemaOperator(task_id="create_tables", redshift_conn_id=target.conn_id)
    dag = DagBag(str(ROOT / "dags" / "sparkify_etl.py")).dags["sparkify_etl"]
    for task in dag.topological_sort():
        operator: Any = task.prepare_for_execution()
        operator.redshift_conn_id = target.conn_id
        if isinstance(operator, StageToRedshiftOperator):
            operator.aws_conn_id = target.aws_conn_id
            operator.key = f"{target.prefix}/{operator.key}"
            operator.work_prefix = f"{target.prefix}/work"
            if paths := operator.table.json_paths:
                operator.table = replace(operator.table, json_paths=f"{target.prefix}/{paths}")
        yield operator


def _context(target: Target, task_id: str) -> dict[str, Any]:
    """The parts of Airflow's task context that these operators use."""
    from airflow.sdk.execution_time.context import OutletEventAccessors

    names = ("sparkify_source_bucket", "sparkify_work_bucket")
    return {
        "params": {"window_start": _WINDOW[0], "window_end": _WINDOW[1]},
        "dag_run": SimpleNamespace(run_after=datetime(2018, 11, 5, tzinfo=UTC)),
        "ti": SimpleNamespace(
            dag_id="sparkify_etl", run_id="conformance", task_id=task_id, try_number=1
        ),
        "var": {"value": dict.fromkeys(names, target.bucket)},
        "outlet_events": OutletEventAccessors(),
    }


@contextmanager
def _in_scratch_schema(target: Target) -> Iterator[None]:
    """Make the operators connect to the scratch schema."""
    with patch("sparkify.warehouse.session.connector_of", lambda _: target.connector):
        yield


@probe(
    _TOPIC,
    "All operators (migrations, staging, dimensions, fact, checks) load a tiny bucket twice, with"
    " the same result",
    page="c_Loading-a-table-from-S3",
    because="this sends every statement of the project; a repeated load changes nothing",
)
def a_tiny_bucket_is_loaded_twice(target: Target) -> str:
    _put_sources(target)
    for _ in range(2):
        _load(target)
    session = target.session()
    counts = {table: session.query(f"select count(*) from {table}")[0][0] for table in _COUNTS}
    expect("rows", counts, _COUNTS)
    plays = "select song_id, artist_id, level from songplays order by start_time"
    expect("plays", session.query(plays), [("SO1", "AR1", "free"), (None, None, "free")])
    return json.dumps(counts)


def _load(target: Target) -> None:
    with _in_scratch_schema(target):
        for operator in _operators(target):
            context = _context(target, operator.task_id)
            operator.render_template_fields(context)
            try:
                operator.pre_execute(context)
                operator.execute(context)
            except Exception as error:
                raise Differs(f"{operator.task_id}: {type(error).__name__}: {error}") from error
            logging.getLogger(__name__).info("%s succeeded", operator.task_id)
