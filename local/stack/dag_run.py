"""Follows a DAG run: prints each change of a task's state, and the logs of failed tasks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from local.stack.airflow_api import AirflowApi, ApiError
from local.stack.lifecycle import StackError, say
from local.stack.settings import Settings
from local.stack.state import read_state

POLL_SECONDS = 0.25
DAG_TIMEOUT = 60.0  # seconds until the DAG processor must have found a DAG
LOG_LINES = 25
SHOWN_STATES = {"running", "success", "failed", "skipped", "up_for_retry", "upstream_failed"}


@dataclass
class FollowedRun:
    """How a run ended."""

    succeeded: bool = False
    task_seconds: dict[str, float] = field(default_factory=dict)


def wait_for_dag(api: AirflowApi, dag_id: str) -> None:
    """Return as soon as Airflow knows the DAG.

    :raises StackError: a DAG file has an import error, or there is no such DAG.
    """
    deadline = time.monotonic() + DAG_TIMEOUT
    while not api.has_dag(dag_id):
        errors = api.import_errors()
        if errors:
            shown = "\n".join(f"{one['filename']}:\n{one['stack_trace']}" for one in errors)
            raise StackError(f"a DAG file has an import error\n{shown}")
        if time.monotonic() > deadline:
            raise StackError(
                f"Airflow found no DAG {dag_id} in {DAG_TIMEOUT:.0f} s;"
                " see `make logs ARGS=dag-processor`"
            )
        time.sleep(POLL_SECONDS)


def run_now(
    settings: Settings, api: AirflowApi, dag_id: str, conf: dict[str, str]
) -> tuple[str, FollowedRun]:
    """Trigger and unpause a DAG, and follow the run; returns the run's id and result."""
    wait_for_dag(api, dag_id)
    run_id = api.trigger(dag_id, conf)
    # Unpause after the trigger, so that the run starts at once. Unpausing also creates the newest
    # scheduled run, which finds no object for its hour and skips.
    api.unpause(dag_id)
    say(f"{dag_id}: run {run_id} {' to '.join(conf.values())}".rstrip())
    return run_id, follow_run(settings, api, dag_id, run_id)


def follow_run(settings: Settings, api: AirflowApi, dag_id: str, run_id: str) -> FollowedRun:
    """Print the tasks' states until the run has ended.

    :raises StackError: a process of the stack ended during the run.
    """
    began = time.monotonic()
    seen: dict[str, tuple[str, int]] = {}
    run = FollowedRun()
    while True:
        state = api.run_state(dag_id, run_id)
        tasks = sorted(
            api.task_instances(dag_id, run_id), key=lambda task: task["start_date"] or "~"
        )
        for task in tasks:
            name, now = _name(task), (task["state"] or "", task["try_number"])
            if now == seen.get(name) or now[0] not in SHOWN_STATES:
                continue
            seen[name] = now
            took = f"{task['duration']:5.1f} s" if task["duration"] and now[0] != "running" else ""
            say(f"{time.monotonic() - began:6.1f} s  {name:32} {now[0]:16}{took}".rstrip())
            if now[0] in ("failed", "up_for_retry"):
                _show_log(settings, api, task)
        if state in ("success", "failed"):
            run.succeeded = state == "success"
            run.task_seconds = {_name(task): task["duration"] or 0.0 for task in tasks}
            if not run.succeeded:
                say(f"the run failed: {settings.ui_url}/dags/{dag_id}/runs/{run_id}")
            return run
        stack = read_state(settings.state_dir)
        if stack is None or stack.exited:
            ended = ", ".join(stack.exited) if stack else "the supervisor"
            raise StackError(f"{ended} ended during the run; see `make logs`, then `make up`")
        time.sleep(POLL_SECONDS)


def _name(task: dict[str, Any]) -> str:
    index = task["map_index"]
    return str(task["task_id"]) if index < 0 else f"{task['task_id']}[{index}]"


def _show_log(settings: Settings, api: AirflowApi, task: dict[str, Any]) -> None:
    """Print the last lines of a task's log, and the URL of the rest."""
    dag_id, run_id, task_id = task["dag_id"], task["dag_run_id"], task["task_id"]
    try:
        lines = api.task_log(
            dag_id,
            run_id,
            task_id,
            try_number=task["try_number"],
            map_index=task["map_index"],
        )
    except ApiError as error:
        lines = [f"its log cannot be read: {error}"]
    for line in lines[-LOG_LINES:]:
        say(f"    | {line}")
    say(f"    {settings.ui_url}/dags/{dag_id}/runs/{run_id}/tasks/{task_id}")
