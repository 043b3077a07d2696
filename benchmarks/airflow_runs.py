"""Runs DAGs on the local stack and measures their phases.

Purpose: the measurements for `benchmarks/dag_run.py`. The times are those that Airflow records: for
a run from its request to its end, for a task from the end of the tasks before it. The phases inside
a task are read from its log.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psutil

from local.stack.airflow_api import AirflowApi
from local.stack.dag_run import wait_for_dag
from local.stack.lifecycle import StackError
from local.stack.settings import Settings
from local.stack.state import read_state

RUN_TIMEOUT, BACKFILL_TIMEOUT = 60.0, 300.0
PHASES = {
    "scheduled": "from the end of the tasks before it until Airflow queued it",
    "queued": "until its process began",
    "start-up": "until `execute`: Airflow, parsing the DAG, templates",
    "connect": "to Redshift",
    "SQL": "in Redshift, COPY included",
    "rest": "of `execute`: S3, Python",
    "end": "after `execute`",
}
_IN_WAREHOUSE = re.compile(r": connected in ([\d.]+) s, \d+ statements in ([\d.]+) s")

Shape = dict[str, list[str]]  # a DAG's tasks, each with its downstream tasks
TaskPhases = dict[str, list[list[float]]]  # for each task, the seconds of each of PHASES, by run


@dataclass
class Measured:
    """One run, or the runs of one backfill."""

    seconds: float
    run_ids: list[str]


class AirflowRuns:
    """The DAGs of one stack."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._api = AirflowApi(settings.ui_url)

    def shape(self, dag_id: str) -> Shape:
        wait_for_dag(self._api, dag_id)
        tasks = self._api.call("GET", f"dags/{dag_id}/tasks")["tasks"]
        return {task["task_id"]: sorted(task["downstream_task_ids"]) for task in tasks}

    def unpause(self, dag_id: str, *, scheduled: bool) -> None:
        """Unpause a DAG, and wait for the scheduled run that this starts."""
        wait_for_dag(self._api, dag_id)
        self._api.unpause(dag_id)
        if scheduled:
            self._wait(f"dags/{dag_id}/dagRuns?run_type=scheduled", RUN_TIMEOUT)

    def run(self, dag_id: str, conf: dict[str, str]) -> Measured:
        run_id = self._api.trigger(dag_id, conf)
        newest = f"dags/{dag_id}/dagRuns?run_type=manual&order_by=-id&limit=1"
        (run,) = self._wait(newest, RUN_TIMEOUT)
        return Measured(seconds_between(run["queued_at"], run["end_date"]), [run_id])

    def backfill(self, dag_id: str, day: datetime, *, hours: int, at_once: int) -> Measured:
        """Run the first `hours` of a day with Airflow's backfill."""
        request = {
            "dag_id": dag_id,
            "from_date": day.isoformat(),
            "to_date": (day + timedelta(hours=hours - 1)).isoformat(),
            "max_active_runs": at_once,
        }
        began = self._api.call("POST", "backfills", request)["created_at"]
        path = f"dags/{dag_id}/dagRuns?run_type=backfill&limit=100"
        runs = self._wait(path, BACKFILL_TIMEOUT, count=hours)
        seconds = seconds_between(began, max(run["end_date"] for run in runs))
        return Measured(seconds, [run["dag_run_id"] for run in runs])

    def phases(self, dag_id: str, run_ids: Iterable[str], shape: Shape) -> TaskPhases:
        """The seconds of each phase, for each task of these runs."""
        results: TaskPhases = {task_id: [] for task_id in shape}
        for run_id in run_ids:
            begun = self._api.call("GET", f"dags/{dag_id}/dagRuns/{run_id}")["start_date"]
            tasks = {task["task_id"]: task for task in self._api.task_instances(dag_id, run_id)}
            for task_id, task in tasks.items():
                before = [tasks[name]["end_date"] for name in shape if task_id in shape[name]]
                ready = max(before, default=begun)
                results[task_id].append(_task_phases(task, ready, self._log(task)))
                self._tell_retries(task)
        return results

    def _tell_retries(self, task: dict[str, Any]) -> None:
        """Print why tasks were retried, since retries dominate the time."""
        for attempt in range(1, task["try_number"]):
            errors = [
                f"{detail['exc_type']}: {detail['exc_value']}"
                for entry in self._log(task | {"try_number": attempt})
                for detail in entry.get("error_detail") or []
            ]
            why = errors[-1] if errors else "see its log"
            print(f"  {task['task_id']} of {task['dag_run_id']} failed in try {attempt}: {why}")

    def cpu_seconds(self) -> dict[str, float]:
        """The CPU seconds of each process of the stack, including ended children."""
        state = read_state(self._settings.state_dir)
        services = state.services if state else {}
        return {
            name: _cpu_seconds(service.identity.pid)
            for name, service in services.items()
            if service.identity
        }

    def _log(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        directory = self._settings.airflow_home / "logs" / f"dag_id={task['dag_id']}"
        path = f"run_id={task['dag_run_id']}/task_id={task['task_id']}"
        text = (directory / path / f"attempt={task['try_number']}.log").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def _wait(self, path: str, timeout: float, count: int = 1) -> list[dict[str, Any]]:
        """The runs that `path` lists, once there are `count` and all have succeeded.

        :raises StackError: one failed, or it takes too long.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            runs: list[dict[str, Any]] = self._api.call("GET", path)["dag_runs"]
            failed = [run["dag_run_id"] for run in runs if run["state"] == "failed"]
            if failed:
                raise StackError(f"these runs failed: {', '.join(failed)}")
            if len(runs) >= count and all(run["state"] == "success" for run in runs):
                return runs
            time.sleep(0.5)
        raise StackError(f"no end of {path} in {timeout:.0f} s")


def _task_phases(task: dict[str, Any], ready: str, log: list[dict[str, Any]]) -> list[float]:
    marks = {entry["event"]: entry["timestamp"] for entry in reversed(log)}  # the first of each
    executing, executed = marks["::endgroup::"], marks["::group::Post Execute"]
    connections = [match for entry in log if (match := _IN_WAREHOUSE.search(entry["event"]))]
    connect, sql = (sum(float(match[group]) for match in connections) for group in (1, 2))
    return [
        seconds_between(ready, task["queued_when"]),
        seconds_between(task["queued_when"], task["start_date"]),
        seconds_between(task["start_date"], executing),
        connect,
        sql,
        seconds_between(executing, executed) - connect - sql,
        seconds_between(executed, task["end_date"]),
    ]


def seconds_between(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def _cpu_seconds(pid: int) -> float:
    used = 0.0
    process = psutil.Process(pid)
    for one in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):  # it has ended
            used += sum(one.cpu_times()[:4])
    return used
