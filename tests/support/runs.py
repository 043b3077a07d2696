"""Runs the project's operators and DAGs in tests, on the endpoint and the S3 server."""

from __future__ import annotations

import dataclasses
import json
import re
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowSkipException
from airflow.sdk.execution_time.context import OutletEventAccessors
from jinja2.environment import create_cache

from sparkify import model
from sparkify.failures import Transient
from sparkify.operators import StageToRedshiftOperator
from sparkify.warehouse.locks import LEDGER, WATERMARKS, lock_table
from sparkify.warehouse.migrations import find_migrations
from sparkify.warehouse.statements import statement
from tests.support.files import files

ROOT = Path(__file__).resolve().parents[2]
SQL = ROOT / "include" / "sql"
SCHEMA = SQL / "migrations" / "0001_first_schema"
TABLES = sorted(
    table
    for path in files(SQL / "migrations", "0*/*.sql")
    for table in re.findall(r"create table if not exists (\w+)", path.read_text())
)
STAR = tuple(table.name for table in model.STAR)
EVERY_TABLE = tuple(table.name for table in model.TABLES)

Span = tuple[str, str]  # window_start and window_end, as the form gives them


def context(
    window: Span | None = None,
    *,
    variables: Mapping[str, str] | None = None,
    task_id: str = "task",
    run_id: str = "manual__test",
) -> dict[str, Any]:
    """The task context of a run."""
    start, end = window or (None, None)
    return {
        "params": {"window_start": start, "window_end": end},
        "dag_run": SimpleNamespace(run_after=datetime(2018, 11, 5, 12, tzinfo=UTC)),
        "ti": SimpleNamespace(
            dag_id="sparkify_etl", run_id=run_id, task_id=task_id, try_number=1, max_tries=3
        ),
        "var": {"value": dict(variables or {})},
        "outlet_events": OutletEventAccessors(),
    }


def stage(table: model.StagingTable, bucket: str, **changes: Any) -> StageToRedshiftOperator:
    """An operator that stages one of the project's tables from one bucket.

    :param changes: changes to the table's declaration, or parameters of the operator; `key` is the
        operator's.
    """
    declared = {field.name for field in dataclasses.fields(table)} - {"key"}
    table = dataclasses.replace(
        table, **{name: changes.pop(name) for name in declared & {*changes}}
    )
    settings: dict[str, Any] = {"task_id": f"stage_{table.name}", "table": table}
    settings |= {"bucket": bucket, "work_bucket": bucket}
    return StageToRedshiftOperator(**settings | changes)


def run(operator: Any, window: Span | None = None, *, tries: int = 1, **more: Any) -> Any:
    """Run one task and return its result. A transient failure is retried."""
    return _execute(operator, context(window, task_id=operator.task_id, **more), tries)


@cache
def etl_dag() -> DAG:
    """The DAG sparkify_etl, as Airflow parses it."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(ROOT / "dags" / "sparkify_etl.py"))
    assert bag.import_errors == {}
    return bag.dags["sparkify_etl"]


def run_dag(
    dag: DAG,
    window: Span,
    *,
    bucket: str,
    only: Collection[str] = (),
    without: Collection[str] = (),
    tries: int = 1,
    run_id: str | None = None,
) -> dict[str, Any]:
    """Run all tasks of a DAG in order, with rendered templates; returns each task's result.

    A task after a skipped one is skipped, unless its trigger rule says otherwise. A task with a
    transient failure is retried.

    :param only: the tasks to run; default: all.
    :param run_id: default: a new one.
    """
    run_id = run_id or f"manual__{uuid.uuid4().hex}"
    variables = {"sparkify_source_bucket": bucket, "sparkify_work_bucket": bucket}
    answers: dict[str, Any] = {}
    for task_id in [task.task_id for task in dag.topological_sort()]:
        if task_id in without or (only and task_id not in only):
            continue
        operator: Any = dag.get_task(task_id).prepare_for_execution()
        skipped = any(answers.get(up, up) is None for up in operator.upstream_task_ids)
        if skipped and operator.trigger_rule != "none_failed":
            answers[task_id] = None
            continue
        task_context = context(window, variables=variables, task_id=task_id, run_id=run_id)
        operator.render_template_fields(task_context, _templates(dag))
        try:
            answers[task_id] = _execute(operator, task_context, tries)
        except AirflowSkipException:
            answers[task_id] = None
    return answers


@cache
def _templates(dag: DAG) -> Any:
    """The DAG's Jinja environment, with a cache of compiled templates."""
    environment = dag.get_template_env()
    environment.cache = create_cache(100)
    return environment


def _execute(operator: Any, task_context: dict[str, Any], tries: int) -> Any:
    for left in reversed(range(tries)):
        try:
            operator.pre_execute(task_context)
            return operator.execute(task_context)
        except Transient:
            if not left:
                raise
    raise AssertionError("no try was made")


def create_tables(connection: Any) -> None:
    """Create all tables on a driver's connection."""
    connection.autocommit = True
    for sql in _schema():
        query(connection, sql)


@cache
def _schema() -> tuple[str, ...]:
    """The statements that create all tables."""
    locks = (lock_table(table) for table in (*EVERY_TABLE, LEDGER, WATERMARKS))
    return (
        *(sql for migration in find_migrations() for sql in migration.statements),
        *(statement("operators/lock_table.sql", table=table) for table in locks),
    )


def query(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a statement; empty if it returns none."""
    cursor = connection.cursor()
    cursor.execute(sql)
    return [tuple(row) for row in cursor.fetchall()] if cursor.description else []


def empty_tables(connection: Any) -> None:
    """Delete all rows of all tables, except the record of applied migrations."""
    tables = [
        name
        for (name,) in query(
            connection,
            "select table_name from information_schema.tables"
            " where table_schema = 'public' and table_type = 'BASE TABLE'",
        )
        if name != "schema_migrations"
    ]
    missing = set(TABLES) - set(tables)
    if missing:
        raise LookupError(f"the schema lacks {sorted(missing)}: there is nothing to empty")
    for table in tables:
        query(connection, f"delete from {table}")


def dump(connection: Any, tables: Sequence[str] = EVERY_TABLE) -> dict[str, list[tuple[Any, ...]]]:
    """The sorted rows of tables, without the column `load_id`."""
    contents = {}
    for table in tables:
        names = [
            name
            for (name,) in query(
                connection,
                "select column_name from information_schema.columns"
                f" where table_name = '{table}' and column_name <> 'load_id'"
                " order by ordinal_position",
            )
        ]
        contents[table] = sorted(
            query(connection, f"select {', '.join(names)} from {table}"), key=repr
        )
    return contents


def put_lines(s3: Any, bucket: str, key: str, rows: Iterable[Any]) -> None:
    """Write an object with one JSON record per line; text is written unchanged."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    s3.put_object(Bucket=bucket, Key=key, Body="\n".join(lines).encode())


def event(at: str, **changes: Any) -> dict[str, Any]:
    """An event of the app's log at the time `at`, in UTC. It is a play unless `page` differs."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return {
        "artist": "The Lanterns",
        "auth": "Logged In",
        "firstName": "Ada",
        "gender": "F",
        "itemInSession": 0,
        "lastName": "Byron",
        "length": 200.5,
        "level": "free",
        "location": "London",
        "method": "PUT",
        "page": "NextSong",
        "registration": 1540000000000.0,
        "sessionId": 1,
        "song": "Northbound",
        "status": 200,
        "ts": round(moment.timestamp() * 1000),
        "userAgent": '"Mozilla/5.0"',
        "userId": "7",
    } | changes


def song(song_id: str, **changes: Any) -> dict[str, Any]:
    """A song of the catalogue."""
    return {
        "num_songs": 1,
        "artist_id": "AR1",
        "artist_latitude": None,
        "artist_longitude": None,
        "artist_location": "",
        "artist_name": "The Lanterns",
        "song_id": song_id,
        "title": "Northbound",
        "duration": 200.5,
        "year": 1999,
    } | changes


def put_paths(s3: Any, bucket: str) -> None:
    """Write the jsonpaths file of the events."""
    paths = [f"$['{name}']" for name in event("2018-11-01")]
    body = json.dumps({"jsonpaths": paths}).encode()
    s3.put_object(Bucket=bucket, Key="log_json_path.json", Body=body)
