"""How long each tab of the page of insights takes on a year of data.

Purpose: `python -m benchmarks.insights_page` measures each tab on a year, from an API server that
has not served a page yet. It fails if one takes longer than its limit. The slowest statement of the
tab, run alone, is shown beside it.

How: the tasks of `sparkify_etl` load a year of sample data, twelve times the sample month. Each
measurement runs in a new process. The process first imports the modules of an API server and warms
up, as an API server does some seconds after its start. The warm-up is reported separately, since
earlier requests wait for it. Requests go to the plugin's own application. Charts are drawn while
statements run, so a tab takes less than the sum of both. Times are medians.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.hour_on_history import connect_airflow
from benchmarks.servers import BUCKET, Servers, running
from local import s3
from local.sample_data import Parameters, write

YEAR = Parameters(days=365, events=96_000, songs=4_800)
WARM_UP = "the warm-up"
LIMIT = 1.5  # seconds, for each tab
PARTS = ("statements", "charts")  # which are drawn beside the statements

console = Console(width=100)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.insights_page")
    parser.add_argument("--times", type=int, default=5, help="number of measurements (5)")
    parser.add_argument("--measure", metavar="TAB", help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return 0
    with running() as servers:
        connect_airflow(servers)
        load(servers)
        measurements = {tab: [_in_a_process(tab) for _ in range(options.times)] for tab in tabs()}
    return 0 if show(measurements) else 1


def load(servers: Servers) -> None:
    """Load the year into the warehouse with the DAG's own tasks."""
    from tests.support.runs import create_tables, etl_dag, run_dag

    began = time.perf_counter()
    directory = servers.directory / "sample"
    written = write(directory, YEAR)
    s3.mirror(servers.s3, directory, bucket=BUCKET)
    with psycopg.connect(servers.conninfo, autocommit=True) as redshift:
        create_tables(redshift)
    first = datetime.fromisoformat(YEAR.start)
    window = (f"{first}Z", f"{first + timedelta(days=YEAR.days)}Z")
    run_dag(etl_dag(), window, bucket=BUCKET, without=["check_quality"])
    console.print(
        f"{written.events:,} events, {written.plays:,} plays, {written.songs:,} songs in"
        f" {time.perf_counter() - began:.0f} s"
    )


def tabs() -> list[str]:
    """The tabs that show answers, and not the state of the loads."""
    from sparkify.insights.questions import TABS

    return list(TABS)


def measure(tab: str) -> dict[str, Any]:
    """The seconds of the warm-up, of the tab by part, and of its slowest statement alone."""
    from airflow.api_fastapi.app import get_auth_manager  # noqa: F401 - an API server imports it
    from airflow.api_fastapi.core_api import app as _  # noqa: F401
    from airflow.api_fastapi.core_api.security import get_user
    from fastapi.testclient import TestClient

    import sparkify_insights
    from sparkify.insights.questions import QUESTIONS, TABS
    from sparkify.insights.rendering import tab_path

    seconds = _timed_parts()
    began = time.perf_counter()
    sparkify_insights.warm_up()
    warm_up = time.perf_counter() - began
    application = sparkify_insights._application()
    application.dependency_overrides[get_user] = lambda: None
    client = TestClient(application)
    seconds.update(dict.fromkeys(PARTS, 0.0))
    began = time.perf_counter()
    page = client.get(f"/{tab_path(tab)}?days=365")
    took = time.perf_counter() - began
    assert page.status_code == 200, page.text[:1000]
    charts = [name for name in TABS[tab].questions if QUESTIONS[name].chart]
    assert page.text.count("<svg") == 2 * len(charts), "a chart is missing"
    return {"all": took, WARM_UP: warm_up, **seconds} | _slowest_alone(tab)


def _slowest_alone(tab: str) -> dict[str, Any]:
    """The slowest statement of the tab, each on a new connection: its seconds and its name."""
    from sparkify.insights.answers import TABS, insight
    from sparkify.insights.selection import last_days
    from sparkify.warehouse.session import Warehouse

    year = last_days(date.fromisoformat(YEAR.start) + timedelta(days=YEAR.days - 1), 365)
    alone: dict[str, float] = {}
    for name in TABS[tab]:
        with Warehouse.connect("redshift_default") as warehouse:
            began = time.perf_counter()
            insight(warehouse, name, year)
            alone[name] = time.perf_counter() - began
    name = max(alone, key=lambda each: alone[each])
    return {"slowest": alone[name], "name": name}


def _timed_parts() -> dict[str, float]:
    """A dict that accumulates the seconds of statements and charts from now on."""
    from airflow.api_fastapi.core_api import security

    from sparkify.insights import reading
    from sparkify.warehouse.session import Warehouse

    seconds: dict[str, float] = {}

    def timed(part: str, function: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                seconds[part] += time.perf_counter() - began

        return call

    class Everybody:
        """Replaces Airflow's log-in, which is not measured."""

        def is_authorized_dag(self, **_: Any) -> bool:
            return True

    reading.drawing = timed("charts", reading.drawing)
    for name in ("query", "names_and_rows"):
        setattr(Warehouse, name, timed("statements", getattr(Warehouse, name)))
    setattr(security, "get_auth_manager", Everybody)  # noqa: B010 - mypy knows it as a function
    setattr(security.DagModel, "get_team_name", lambda _: None)  # noqa: B010 - likewise
    return seconds


def _in_a_process(tab: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.insights_page", "--measure", tab]
    path = os.pathsep.join(("plugins", os.environ.get("PYTHONPATH", "")))
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def show(measurements: dict[str, list[dict[str, Any]]]) -> bool:
    """Print the medians; returns whether all are within their limit."""
    table = Table("tab", "seconds", "limit", *PARTS, "slowest statement alone")
    within = True
    for tab, runs in measurements.items():
        took = {
            part: statistics.median(run[part] for run in runs)
            for part in ("all", "slowest", *PARTS)
        }
        within &= took["all"] <= LIMIT
        parts = (f"{took[part]:.2f}" for part in PARTS)
        alone = f"{took['slowest']:.2f} {runs[0]['name']}"
        style = "red" if took["all"] > LIMIT else ""
        table.add_row(tab, f"{took['all']:.2f}", f"{LIMIT}", *parts, alone, style=style)
    warm_up = statistics.median(run[WARM_UP] for runs in measurements.values() for run in runs)
    console.print(table)
    console.print(f"{WARM_UP}, before any request: {warm_up:.2f} s")
    return within


if __name__ == "__main__":
    sys.exit(main())
