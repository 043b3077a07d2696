"""`live`: write new events to the bucket as the app would, until Ctrl-C.

Purpose: the scheduled runs have new data to load, and the pages change.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from local import s3
from local.bucket_folder import fill_bucket
from local.sample_data.live import App, Landed, Landing
from local.stack import lifecycle
from local.stack.airflow_api import AirflowApi
from local.stack.dag_run import run_now
from local.stack.dataset import remembered
from local.stack.demo import ETL_DAG, REPORT_DAG, TABLES_DAG, refuse_another_warehouse, sample
from local.stack.lifecycle import say
from local.stack.settings import Settings

SECONDS = 5.0  # between two writes
EARLIER = timedelta(hours=3)  # events of this long before the start are written at once
LATE_AFTER = timedelta(minutes=2)


def live(settings: Settings, minutes: float | None) -> int:
    """Write events for `minutes`, or until Ctrl-C; returns the exit code.

    :raises StackError: the stack or a DAG cannot run.
    """
    refuse_another_warehouse(settings)
    lifecycle.up(settings)
    client = s3.client(settings.s3_url)
    loaded = remembered(settings)
    if loaded is None:
        fill_bucket(client, settings.s3_dir, sample(settings))
    elif loaded.directory != settings.sample_dir.resolve():
        say(f"the bucket holds the data of {loaded.directory}: invented events are added to it")
    api = AirflowApi(settings.ui_url)
    began = datetime.now(UTC)
    landing = _landing(client, began)
    _print_landed(landing.land(_milliseconds(began)), began)
    if not _load_past_hours(settings, api, began):
        return 1
    say(
        f"new events land every {SECONDS:.0f} s; {ETL_DAG} loads each hour after it ends."
        f" Watch {settings.ui_url}/sparkify/ ; Ctrl-C stops the events"
    )
    try:
        _keep_landing(landing, began, minutes)
    except KeyboardInterrupt:
        say("\nno more events; the stack stays up")
    return 0


def _landing(client: Any, began: datetime) -> Landing:
    rng = random.Random()  # noqa: S311 - for generated listeners
    start = began - EARLIER
    # Earlier calls and the sample data have smaller ids.
    app = App(_milliseconds(start), rng, session_id=int(began.timestamp()) * 1000)
    yesterday = began.date() - timedelta(days=1)
    late = yesterday if start.date() == yesterday else None
    landing = Landing(client, s3.SOURCE_BUCKET, app, rng, late=late)
    for day in {start.date(), began.date()}:
        landing.take_over(day)
    return landing


def _load_past_hours(settings: Settings, api: AirflowApi, began: datetime) -> bool:
    """Load the hours that have ended; returns whether this succeeded."""
    hour = began.replace(minute=0, second=0, microsecond=0)
    window = {"window_start": (hour - EARLIER).isoformat(), "window_end": hour.isoformat()}
    for dag_id, conf in ((TABLES_DAG, {}), (ETL_DAG, window)):
        _, run = run_now(settings, api, dag_id, conf)
        if not run.succeeded:
            return False
    api.unpause(REPORT_DAG)
    return True


def _keep_landing(landing: Landing, began: datetime, minutes: float | None) -> None:
    end = began + timedelta(minutes=minutes) if minutes is not None else None
    late = True
    while end is None or datetime.now(UTC) < end:
        time.sleep(SECONDS)
        now = datetime.now(UTC)
        _print_landed(landing.land(_milliseconds(now)), now)
        if late and now - began > LATE_AFTER:
            late = False
            if key := landing.release():
                say(f"{now:%H:%M:%S}  {key} arrived late: load its hours with the trigger form")


def _print_landed(landed: Landed, now: datetime) -> None:
    if not landed.events and landed.song is None:
        return
    more = [f"{landed.broken} broken lines"] if landed.broken else []
    more += [f"a new song, {landed.song}"] if landed.song else []
    summary = ", ".join([f"{landed.events:,} events", *more])
    say(f"{now:%H:%M:%S}  {summary}  → {', '.join(landed.files) or 'the catalogue'}")


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
