"""Compares `sparkify_etl` in Airflow with a DAG of the same shape whose tasks do nothing.

Purpose: `python -m benchmarks.dag_run` measures a run over one hour of data, and a 24-hour backfill
with four concurrent runs. It shows how much time Airflow itself takes, and where the rest goes. It
fails if one takes longer than its limit.

How: it starts a separate stack on free ports, in a directory that is deleted at the end, so that it
can run beside another stack. The runs of the two DAGs alternate.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.airflow_runs import PHASES, AirflowRuns, Measured, Shape, TaskPhases
from local import s3
from local.sample_data import Parameters, write
from local.stack import lifecycle
from local.stack.airflow_api import ApiError
from local.stack.demo import ETL_DAG, TABLES_DAG
from local.stack.settings import PORTS, REPOSITORY, Settings, load_settings

EMPTY_DAG = "empty"
EMPTY_DAG_FILE = """
from datetime import datetime
from airflow.sdk import DAG, BaseOperator, CronDataIntervalTimetable

class Nothing(BaseOperator):
    def execute(self, context):
        pass

with DAG(
    {dag_id!r},
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=datetime(2018, 11, 1),
    catchup=False,
):
    tasks = {{name: Nothing(task_id=name) for name in {shape!r}}}
    for name, following in {shape!r}.items():
        tasks[name] >> [tasks[other] for other in following]
"""
DAGS = (EMPTY_DAG, ETL_DAG)
RUN_LIMIT, BACKFILL_LIMIT = 6.0, 60.0  # seconds
BACKFILL_HOURS, BACKFILL_RUNS_AT_ONCE = 24, 4

console = Console(width=100)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dag_run")
    parser.add_argument("--runs", type=int, default=7, help="runs over one hour of each DAG (7)")
    options = parser.parse_args()
    with own_stack("dag-run") as settings:
        lifecycle.up(settings)
        within = measure(settings, options.runs)
    return 0 if within else 1


@contextmanager
def own_stack(name: str) -> Iterator[Settings]:
    """The settings of a stack in a new directory. At the end it is stopped and deleted.

    If a DAG or the stack fails, the program ends with status 2, and the directory stays.
    """
    directory = Path(tempfile.mkdtemp(prefix=f"sparkify-{name}-"))
    settings = own_settings(directory)
    try:
        yield settings
    except (lifecycle.StackError, ApiError) as error:
        print(f"{error}\nlogs: {settings.state_dir}", file=sys.stderr)
        raise SystemExit(2) from error
    finally:
        lifecycle.down(settings)
    shutil.rmtree(directory)


def own_settings(directory: Path) -> Settings:
    """The settings of a stack in `directory`, on free ports, with copies of the project's DAGs."""
    shutil.copytree(REPOSITORY / "dags", directory / "dags")
    (directory / "include").symlink_to(REPOSITORY / "include")
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    for variable, probe in zip(PORTS, probes, strict=True):
        os.environ[variable] = str(probe.getsockname()[1])
        probe.close()
    os.environ["SPARKIFY_STATE_DIR"] = str(directory / "state")
    os.environ["SPARKIFY_DAGS_DIR"] = str(directory / "dags")
    return load_settings()


def measure(settings: Settings, runs: int) -> bool:
    """Run both DAGs in turn and print the times; returns whether they are within the limits."""
    write(settings.sample_dir, Parameters())
    s3.mirror(s3.client(settings.s3_url), settings.sample_dir)
    day, hours = busiest(settings.sample_dir, runs)
    airflow = AirflowRuns(settings)
    shape = airflow.shape(ETL_DAG)
    (settings.dags_dir / "empty.py").write_text(
        EMPTY_DAG_FILE.format(dag_id=EMPTY_DAG, shape=shape)
    )
    airflow.unpause(TABLES_DAG, scheduled=False)
    airflow.run(TABLES_DAG, {})
    for dag_id in DAGS:
        airflow.unpause(dag_id, scheduled=True)
        airflow.run(dag_id, conf(dag_id, day))  # loads all songs and warms up all processes

    print(f"{runs} runs of each DAG over one hour, in turn")
    one_hour = {
        dag_id: Measured(median(run.seconds for run in done), [run.run_ids[0] for run in done])
        for dag_id, done in in_turn(airflow, hours).items()
    }
    print(f"{BACKFILL_HOURS} hours of {day:%Y-%m-%d}, {BACKFILL_RUNS_AT_ONCE} runs at once")
    backfill = {dag_id: timed_backfill(airflow, dag_id, day) for dag_id in DAGS}
    results = (
        ("a run over one hour, the median", one_hour, RUN_LIMIT),
        ("the backfill", backfill, BACKFILL_LIMIT),
    )
    table = Table("", ETL_DAG, "the empty DAG", "ratio", "limit")
    for name, measured, limit in results:
        took, empty = (measured[dag_id].seconds for dag_id in (ETL_DAG, EMPTY_DAG))
        times = (f"{took:.2f} s", f"{empty:.2f} s", f"{took / empty:.2f}", f"{limit:.0f} s")
        table.add_row(name, *times, style="red" if took > limit else "")
    console.print(table)
    print_phases(airflow, "A run over one hour", one_hour, shape)
    print_phases(airflow, "A run of the backfill", backfill, shape)
    print("\n".join(f"{name}: {meaning}" for name, meaning in PHASES.items()))
    return all(measured[ETL_DAG].seconds <= limit for _, measured, limit in results)


def busiest(directory: Path, runs: int) -> tuple[datetime, list[datetime]]:
    """The day with the most events, and the `runs` busiest hours of other days."""
    hours: Counter[datetime] = Counter()
    for path in (directory / "log_data").rglob("*.json"):
        for line in path.read_text().splitlines():
            moment = datetime.fromtimestamp(json.loads(line)["ts"] / 1000, UTC)
            hours[moment.replace(minute=0, second=0, microsecond=0)] += 1
    days: Counter[datetime] = Counter()
    for hour, events in hours.items():
        days[hour.replace(hour=0)] += events
    ((day, _),) = days.most_common(1)
    return day, [hour for hour, _ in hours.most_common() if hour.date() != day.date()][:runs]


def conf(dag_id: str, hour: datetime) -> dict[str, str]:
    if dag_id != ETL_DAG:
        return {}
    end = hour + timedelta(hours=1)
    return {"window_start": hour.isoformat(), "window_end": end.isoformat()}


def in_turn(airflow: AirflowRuns, hours: list[datetime]) -> dict[str, list[Measured]]:
    done: dict[str, list[Measured]] = {dag_id: [] for dag_id in DAGS}
    for hour in hours:
        for dag_id, runs in done.items():
            runs.append(airflow.run(dag_id, conf(dag_id, hour)))
    for dag_id, runs in done.items():
        print(f"  {dag_id}: {', '.join(f'{run.seconds:.2f}' for run in runs)} s")
    return done


def timed_backfill(airflow: AirflowRuns, dag_id: str, day: datetime) -> Measured:
    """Run a backfill, and print which processes used the CPU, including those of other programs."""
    used, total = airflow.cpu_seconds(), sum(psutil.cpu_times()[:3])
    measured = airflow.backfill(dag_id, day, hours=BACKFILL_HOURS, at_once=BACKFILL_RUNS_AT_ONCE)
    spent = {name: seconds - used[name] for name, seconds in airflow.cpu_seconds().items()}
    spent["other programs"] = sum(psutil.cpu_times()[:3]) - total - sum(spent.values())
    shown = ", ".join(f"{name} {seconds:.0f}" for name, seconds in spent.items())
    print(f"  {dag_id}: CPU seconds on {psutil.cpu_count()} cores: {shown}")
    return measured


def print_phases(
    airflow: AirflowRuns, title: str, measured: dict[str, Measured], shape: Shape
) -> None:
    phases: dict[str, TaskPhases] = {
        dag_id: airflow.phases(dag_id, done.run_ids, shape) for dag_id, done in measured.items()
    }
    empty = [run for runs in phases[EMPTY_DAG].values() for run in runs]
    table = Table("task", *PHASES, "all", title=f"{title}: mean seconds", title_justify="left")
    for name, runs in {**phases[ETL_DAG], "(an empty task)": empty}.items():
        means = [mean(values) for values in zip(*runs, strict=True)]
        table.add_row(name, *(f"{value:.2f}" for value in (*means, sum(means))))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
