"""A separate stack with the sample month.

One day has broken lines, and another has a level that Sparkify does not have.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.dag_run import own_settings
from local import s3
from local.sample_data import Parameters, write
from local.stack import lifecycle
from local.stack.airflow_api import AirflowApi
from local.stack.dag_run import wait_for_dag
from local.stack.demo import ETL_DAG, TABLES_DAG
from local.stack.settings import Settings

FIRST, LAST = date(2018, 11, 1), date(2018, 11, 30)
BROKEN, REFUSED = date(2018, 11, 27), date(2018, 11, 28)
_RUN_SECONDS = 120


@contextmanager
def filled_stack() -> Iterator[Settings]:
    """Start and fill the stack; stop and delete it when the block ends."""
    # Not in pytest's folder: other users cannot read that, and PostgreSQL may run as another user.
    folder = Path(tempfile.mkdtemp(prefix="sparkify-ui-"))
    folder.chmod(0o755)
    nothing = folder / "empty.env"  # ignore this machine's .env
    nothing.touch()
    before = os.environ.copy()
    os.environ["SPARKIFY_ENV_FILE"] = str(nothing)
    settings = own_settings(folder)
    try:
        lifecycle.up(settings)
        fill(settings)
        yield settings
    finally:
        lifecycle.down(settings)
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(folder)


def fill(settings: Settings) -> None:
    """Load the month in one run, then its last week day by day."""
    write(settings.sample_dir, Parameters())
    client = s3.client(settings.s3_url)
    s3.mirror(client, settings.sample_dir)
    api = AirflowApi(settings.ui_url)
    for dag_id in (TABLES_DAG, ETL_DAG):
        wait_for_dag(api, dag_id)
        api.unpause(dag_id)
    run(api, TABLES_DAG, {})
    load(api, FIRST, LAST)
    for number in reversed(range(7)):
        day = LAST - timedelta(days=number)
        if day == BROKEN:
            _change(client, settings, day, _break)
        if day == REFUSED:
            _change(client, settings, day, _raise_level)
            load(api, day, day, ends="failed")
            _change(client, settings, day, lambda lines: lines)
        load(api, day, day)


def load(api: AirflowApi, first: date, last: date, *, ends: str = "success") -> str:
    """Run sparkify_etl for whole days; returns the run's id."""
    start, end = (f"{day}T00:00:00Z" for day in (first, last + timedelta(days=1)))
    return run(api, ETL_DAG, {"window_start": start, "window_end": end}, ends=ends)


def run(api: AirflowApi, dag_id: str, conf: dict[str, str], *, ends: str = "success") -> str:
    run_id = api.trigger(dag_id, conf)
    deadline = time.monotonic() + _RUN_SECONDS
    while (state := api.run_state(dag_id, run_id)) not in ("success", "failed"):
        assert time.monotonic() < deadline, f"{run_id} is {state} after {_RUN_SECONDS} s"
        time.sleep(0.2)
    assert state == ends, f"{run_id} of {dag_id}: {state}"
    return run_id


def _change(
    client: Any, settings: Settings, day: date, change: Callable[[list[str]], list[str]]
) -> None:
    """Replace a day's file by a changed one."""
    key = f"log_data/{day:%Y/%m}/{day}-events.json"
    lines = change((settings.sample_dir / key).read_text().splitlines())
    client.put_object(Bucket=s3.SOURCE_BUCKET, Key=key, Body="\n".join(lines).encode())


def _break(lines: list[str]) -> list[str]:
    """Add three bad lines: a truncated one, one with an invalid timestamp, one of another day."""
    cut = lines[10][: len(lines[10]) // 2]
    no_moment = json.dumps(json.loads(lines[20]) | {"ts": "yesterday"})
    at = datetime.fromisoformat(f"{FIRST}T12:00:00+00:00")
    elsewhere = json.dumps(json.loads(lines[30]) | {"ts": int(at.timestamp() * 1000)})
    return [*lines[:10], cut, *lines[11:20], no_moment, *lines[21:30], elsewhere, *lines[31:]]


def _raise_level(lines: list[str]) -> list[str]:
    """Give the last four plays a level that Sparkify does not have."""
    plays = [number for number, line in enumerate(lines) if '"NextSong"' in line][-4:]
    return [
        json.dumps(json.loads(line) | {"level": "family"}) if number in plays else line
        for number, line in enumerate(lines)
    ]
