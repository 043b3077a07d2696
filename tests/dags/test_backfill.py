"""A backfill in Airflow on a separate stack, during which a worker is killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from benchmarks.airflow_runs import AirflowRuns
from benchmarks.dag_run import own_settings
from local import s3 as storage
from local.sample_data import Parameters, write
from local.stack import lifecycle
from local.stack.airflow_api import AirflowApi
from local.stack.airflow_settings import redshift_password
from local.stack.demo import ETL_DAG, TABLES_DAG
from local.stack.settings import Settings
from local.stack.state import read_state
from tests.support.runs import dump, etl_dag, run_dag

HOURS, AT_ONCE = 48, 4
_UNDER_WAY = 0.3  # seconds until a task has reported to Airflow that it runs
FIRST = datetime(2018, 11, 1, tzinfo=UTC)
# Airflow detects a dead worker in seconds instead of minutes.
CONFIGURATION = """
[scheduler]
task_instance_heartbeat_timeout = 20
task_instance_heartbeat_timeout_detection_interval = 2
task_queued_timeout = 20
task_queued_timeout_check_interval = 2
"""

pytestmark = [pytest.mark.deep, pytest.mark.timeout(600)]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    # Not in pytest's folder: other users cannot read that, and PostgreSQL may run as another user.
    folder = Path(tempfile.mkdtemp(prefix="sparkify-backfill-"))
    folder.chmod(0o755)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    settings = own_settings(folder)
    settings.airflow_home.mkdir(parents=True)
    (settings.airflow_home / "airflow.cfg").write_text(CONFIGURATION)
    write(settings.sample_dir, Parameters(days=2, events=1200, songs=80))
    try:
        lifecycle.up(settings)
        storage.mirror(storage.client(settings.s3_url), settings.sample_dir)
        yield settings
    finally:
        lifecycle.down(settings)
        shutil.rmtree(folder)


def test_a_48_hour_backfill_with_a_killed_worker_ends_as_the_serial_load(
    stack, s3, bucket, warehouse
):
    airflow, api = AirflowRuns(stack), AirflowApi(stack.ui_url)
    airflow.unpause(TABLES_DAG, scheduled=False)
    airflow.run(TABLES_DAG, {})
    airflow.unpause(ETL_DAG, scheduled=True)
    request = {
        "dag_id": ETL_DAG,
        "from_date": FIRST.isoformat(),
        "to_date": (FIRST + timedelta(hours=HOURS - 1)).isoformat(),
        "max_active_runs": AT_ONCE,
    }
    api.call("POST", "backfills", request)
    _until(lambda: len(_runs(api, "success")) >= 4, seconds=120)
    # Several, since some may be killed just after they have reported their end to Airflow.
    killed = [_kill(stack, choose) for choose in (_worker, _task, _task, _worker, _task)]

    _until(lambda: len(_runs(api, "success")) == HOURS, seconds=400)

    tried_again = [
        task
        for run in _runs(api, "success")
        for task in api.task_instances(ETL_DAG, run["dag_run_id"])
        if task["try_number"] > 1
    ]
    assert tried_again, f"{killed} were killed, and no task was tried again"
    storage.mirror(s3, stack.sample_dir, bucket=bucket)
    for hour in range(HOURS):
        start, end = (FIRST + timedelta(hours=hour + more) for more in (0, 1))
        run_dag(etl_dag(), (start.isoformat(), end.isoformat()), bucket=bucket)
    with psycopg.connect(
        host="127.0.0.1", port=stack.redshift.number, user="awsuser", dbname="dev",
        password=redshift_password(stack),
    ) as connection:  # fmt: skip
        backfilled = dump(connection)
    assert backfilled == dump(warehouse)
    assert len(backfilled["songplays"]) > 700


def _runs(api: AirflowApi, state: str) -> list[dict[str, Any]]:
    path = f"dags/{ETL_DAG}/dagRuns?run_type=backfill&limit=100"
    runs = api.call("GET", path)["dag_runs"]
    failed = [run["dag_run_id"] for run in runs if run["state"] == "failed"]
    assert not failed, f"{failed} failed"
    return [run for run in runs if run["state"] == state]


def _until(condition: Any, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.3)


def _kill(stack: Settings, choose: Any) -> str:
    """Kill a process below the scheduler while it runs a task."""
    state = read_state(stack.state_dir)
    assert state is not None
    identity = state.services["scheduler"].identity
    assert identity is not None
    scheduler = psutil.Process(identity.pid)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(psutil.NoSuchProcess):  # one that has just ended
            for worker in scheduler.children():
                if tasks := [task for task in worker.children() if _age(task) > _UNDER_WAY]:
                    process: psutil.Process = choose(worker, tasks)
                    description = f"{process.pid} {process.name()}"
                    process.send_signal(signal.SIGKILL)
                    return description
        time.sleep(0.01)
    pytest.fail("no task ran for 30 seconds")


def _age(process: psutil.Process) -> float:
    return time.time() - process.create_time()


def _worker(worker: psutil.Process, tasks: list[psutil.Process]) -> psutil.Process:
    """The executor's process, which supervises a task."""
    return worker


def _task(worker: psutil.Process, tasks: list[psutil.Process]) -> psutil.Process:
    """The process that runs the task's code."""
    return tasks[0]
