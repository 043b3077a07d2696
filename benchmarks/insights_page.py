"""How long the page of insights takes on a year of data.

Purpose: `python -m benchmarks.insights_page` measures the first requests of a day: a year, from an
API server that has not served the page yet, and then a month that it has not read yet. It fails if
one takes longer than its limit.

How: the tasks of `sparkify_etl` load a year of sample data, twelve times the sample month. Each
measurement runs in a new process. The process first imports the modules of an API server and warms
up, as an API server does some seconds after its start. The warm-up is reported separately, since
earlier requests wait for it. Requests go to the plugin's own application. Times are medians.
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
LIMITS = {"the year, cold": 2.0, "a month, then": 1.0}  # seconds
PARTS = ("statements", "charts", "rest")

console = Console(width=100)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.insights_page")
    parser.add_argument("--times", type=int, default=5, help="number of measurements (5)")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    if options.measure:
        print(json.dumps(measure()))
        return 0
    with running() as servers:
        connect_airflow(servers)
        load(servers)
        measurements = [_in_a_process() for _ in range(options.times)]
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


def measure() -> dict[str, dict[str, float]]:
    """The seconds of the warm-up and of each request in LIMITS, in total and by part."""
    from airflow.api_fastapi.app import get_auth_manager  # noqa: F401 - an API server imports it
    from airflow.api_fastapi.core_api import app as _  # noqa: F401
    from airflow.api_fastapi.core_api.security import get_user
    from fastapi.testclient import TestClient

    import sparkify_insights

    seconds = _timed_parts()
    last = date.fromisoformat(YEAR.start) + timedelta(days=YEAR.days - 1)
    month = f"/?first={last - timedelta(days=59)}&last={last - timedelta(days=30)}"
    began = time.perf_counter()
    sparkify_insights.warm_up()
    results = {WARM_UP: {"all": time.perf_counter() - began}}
    application = sparkify_insights._application()
    application.dependency_overrides[get_user] = lambda: None
    client = TestClient(application)
    for name, path in zip(LIMITS, ("/?days=365", month), strict=True):
        seconds.update(dict.fromkeys(PARTS, 0.0))
        began = time.perf_counter()
        page = client.get(path)
        took = time.perf_counter() - began
        assert page.status_code == 200, page.text[:1000]
        assert page.text.count("<svg") == 5, "a chart is missing"
        seconds["rest"] = took - sum(seconds.values())
        results[name] = {"all": took, **seconds}
    return results


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

    reading.charts = timed("charts", reading.charts)
    for name in ("query", "names_and_rows"):
        setattr(Warehouse, name, timed("statements", getattr(Warehouse, name)))
    setattr(security, "get_auth_manager", Everybody)  # noqa: B010 - mypy knows it as a function
    setattr(security.DagModel, "get_team_name", lambda _: None)  # noqa: B010 - likewise
    return seconds


def _in_a_process() -> dict[str, dict[str, float]]:
    command = [sys.executable, "-m", "benchmarks.insights_page", "--measure"]
    path = os.pathsep.join(("plugins", os.environ.get("PYTHONPATH", "")))
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    answer: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return answer


def show(measurements: list[dict[str, dict[str, float]]]) -> bool:
    """Print the medians; returns whether all are within their limits."""
    table = Table("", "seconds", "limit", "ratio", *PARTS)
    within = True
    for name, limit in LIMITS.items():
        took = {
            part: statistics.median(one[name][part] for one in measurements)
            for part in measurements[0][name]
        }
        within &= took["all"] <= limit
        parts = (f"{took[part]:.2f}" for part in PARTS)
        style = "red" if took["all"] > limit else ""
        ratio = f"{took['all'] / limit:.2f}"
        table.add_row(name, f"{took['all']:.2f}", f"{limit:.0f}", ratio, *parts, style=style)
    warm_up = statistics.median(one[WARM_UP]["all"] for one in measurements)
    console.print(table)
    console.print(f"{WARM_UP}, before any request: {warm_up:.2f} s")
    return within


if __name__ == "__main__":
    sys.exit(main())
