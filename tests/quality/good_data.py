"""A warehouse that passes all checks, and a function that runs checks on it."""

from __future__ import annotations

from typing import Any

from sparkify.model import STAGING, STAR, TABLES
from sparkify.operators import DataQualityOperator
from sparkify.quality.checks import StatementCheck
from sparkify.quality.suite import checks_after_loads, checks_before_commit, checks_of_audit
from tests.support.runs import context, etl_dag, query, run

HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
RUN = "manual__test"
OTHER_RUN = "manual__other"
CHECKS = {
    check.name: check
    for check in [
        *(check for table in TABLES for check in checks_before_commit(table)),
        *(check for table in STAR for check in checks_before_commit(table, repair=True)),
        *checks_after_loads(),
        *checks_of_audit(),
    ]
}


def check(*wanted: str | StatementCheck, run_id: str = RUN) -> Any:
    """Run checks, the project's by name, for the hour; how many passed, warned and failed."""
    checks = [CHECKS[one] if isinstance(one, str) else one for one in wanted]
    operator = DataQualityOperator(task_id="check_quality", checks=checks)
    return run(operator, HOUR, run_id=run_id)


def insert(warehouse: Any, table: str, **row: Any) -> None:
    """Insert one row."""
    values = ", ".join("null" if v is None else f"'{v}'" for v in row.values())
    query(warehouse, f"insert into {table} ({', '.join(row)}) values ({values})")


def play(warehouse: Any, **changes: Any) -> None:
    """Insert a row of songplays."""
    row = {
        "songplay_id": "1-1",
        "start_time": "2018-11-05 10:30:00",
        "user_id": "7",
        "level": "free",
        "session_id": 1,
        "location": "London",
    }
    insert(warehouse, "songplays", **row | changes)


def page_view(warehouse: Any, **changes: Any) -> None:
    """Insert a row of page_views: that of the play above."""
    row = {
        "page_view_id": "1-1",
        "start_time": "2018-11-05 10:30:00",
        "user_id": "7",
        "session_id": 1,
        "item_in_session": 1,
        "page": "NextSong",
        "level": "free",
        "location": "London",
    }
    insert(warehouse, "page_views", **row | changes)


def stage(warehouse: Any, **changes: Any) -> None:
    """Insert a row of staging_events: the event of the play above."""
    row = {
        "session_id": 1,
        "item_in_session": 1,
        "ts": "2018-11-05 10:30:00",
        "page": "NextSong",
        "user_id": "7",
        "level": "free",
        "registration": 1540000000000,
        "location": "London",
    }
    insert(warehouse, "staging_events", **row | changes)


def load(warehouse: Any, load_id: int, **changes: Any) -> None:
    """Insert a row of load_ledger: a load of the hour by this run."""
    row = {
        "load_id": load_id,
        "table_name": "staging_events",
        "run_id": RUN,
        "object_key": "a",
        "etag": "e",
        "rows_read": 0,
        "rows_staged": 0,
        "window_start": "2018-11-05 10:00:00",
        "window_end": "2018-11-05 11:00:00",
        "loaded_at": "2018-11-05 12:00:00",
    }
    insert(warehouse, "load_ledger", **row | changes)


def good(warehouse: Any) -> None:
    """Rows that pass all checks: load 5 of each staging table belongs to this run."""
    play(warehouse)
    page_view(warehouse)
    insert(warehouse, "users", user_id="7", level="free", last_play_at="2018-11-05 10:30:00")
    insert(
        warehouse,
        "time",
        start_time="2018-11-05 10:30:00",
        hour=10,
        day=5,
        week=45,
        month=11,
        year=2018,
        weekday=1,
    )
    stage(warehouse)
    load(warehouse, 5, lines_read=3, rows_read=3, rows_staged=1, rows_outside=0, rows_rejected=2)
    load(
        warehouse,
        5,
        table_name="staging_songs",
        object_key="s",
        rows_read=1,
        rows_staged=1,
        window_start=None,
        window_end=None,
    )
    insert(
        warehouse,
        "load_listings",
        load_id=5,
        table_name="staging_songs",
        source="a",
        fingerprint="f",
        objects=1,
        voids_rows="false",
        run_id=RUN,
    )
    for table in ("songs", "artists", "songplays"):
        insert(
            warehouse,
            "load_watermarks",
            table_name=table,
            source_table="staging_songs",
            load_id=5,
        )
    for table in ("staging_songs", "songs"):
        insert(warehouse, table, song_id="S1", artist_id="AR1")
    query(warehouse, "update staging_songs set load_id = 5")
    insert(warehouse, "artists", artist_id="AR1")
    for source in STAGING:
        if source.event_time and not query(warehouse, f"select 1 from {source.name} limit 1"):
            insert(
                warehouse,
                source.name,
                **dict.fromkeys(source.key, "1") | {source.event_time: "2018-11-05 10:30:00"},
            )
    for table in STAR:
        if not query(warehouse, f"select 1 from {table.name} limit 1"):
            operator = etl_dag().get_task(f"load_{table.name}").prepare_for_execution()
            operator.render_template_fields(context(HOUR, task_id=operator.task_id))
            run(operator, HOUR)
