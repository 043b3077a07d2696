"""Runs a task of sparkify_etl in a separate process that can be killed at any statement.

The processes are forked from a server that has imported everything a task needs, so that each fork
takes a few hundredths of a second.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

from airflow.sdk import BaseHook

from sparkify.warehouse.session import Warehouse
from tests.support.files import files
from tests.support.runs import ROOT, SQL, Span, context

Moment = Literal["before", "after"]
Notice = Callable[[Moment, str], None]


@dataclass(frozen=True)
class Job:
    """One task of one run.

    :param kill: the statement at which it kills itself with SIGKILL.
    :param sigterm: the statement at which it sends itself SIGTERM.
    :param log: the file for the child's output.
    :param environment: the connections.
    :param timeout: the task's execution_timeout, in seconds.
    :param offline: Airflow's API stops answering after the task has connected.
    """

    task_id: str
    window: Span
    bucket: str
    log: Path
    environment: Mapping[str, str]
    kill: tuple[Moment, str] | None = None
    sigterm: tuple[Moment, str] | None = None
    timeout: float | None = None
    offline: bool = False


@dataclass
class Child:
    """A running task. `outcome` is its result, or the name and text of its error."""

    process: BaseProcess
    answer: Connection
    job: Job

    def outcome(self, timeout: float = 30) -> Any:
        if not self.answer.poll(timeout):
            raise AssertionError(f"the task has not ended in {timeout} s:\n{self.log_text()}")
        outcome = self.answer.recv()
        self.process.join(timeout)
        return outcome

    def terminate(self) -> None:
        """Send SIGTERM, as Airflow's supervisor does to stop a task."""
        os.kill(self.process.pid, signal.SIGTERM)

    def killed(self, timeout: float = 30) -> bool:
        """Wait for its end; returns whether SIGKILL ended it."""
        self.process.join(timeout)
        return self.process.exitcode == -signal.SIGKILL

    def log_text(self) -> str:
        return self.job.log.read_text() if self.job.log.exists() else ""


def start(job: Job) -> Child:
    """Run a job in a new process."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = _server().Process(target=_run, args=(job, theirs), daemon=True)
    process.start()
    theirs.close()
    return Child(process, ours, job)


@cache
def _server() -> Any:
    # The fork server takes its path from the environment, not from its arguments.
    path = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(ROOT), str(ROOT / "plugins"), path])
    )
    try:
        server = multiprocessing.get_context("forkserver")
        server.set_forkserver_preload(["tests.faults.preloaded", "pytest"])
        multiprocessing.forkserver.ensure_running()
    finally:
        os.environ["PYTHONPATH"] = path
    return server


def _run(job: Job, answer: Connection) -> None:
    """Runs in the child: do the job and send its outcome."""
    sys.stdout = sys.stderr = job.log.open("w", buffering=1)
    os.environ.update(job.environment)

    def notice(*boundary: str) -> None:
        if boundary == job.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        if boundary == job.sigterm:
            os.kill(os.getpid(), signal.SIGTERM)
        if job.offline:
            BaseHook.get_connection = _no_answer

    with watched(notice):
        try:
            result = perform(job.task_id, job.window, job.bucket, timeout=job.timeout)
        except BaseException as error:
            traceback.print_exc()
            result = (type(error).__name__, str(error))
    answer.send(result)


def _no_answer(*_: Any) -> Any:
    raise RuntimeError("Airflow's API was asked for a connection")


def perform(
    task_id: str, window: Span, bucket: str, *, timeout: float | None = None, **more: Any
) -> Any:
    """Run a task as Airflow does: with rendered templates, a SIGTERM handler and its timeout."""
    from airflow.sdk.execution_time.task_runner import _run_execute_callable

    operator = etl().get_task(task_id).prepare_for_execution()
    if timeout is not None:
        operator.execution_timeout = timedelta(seconds=timeout)
    names = {"sparkify_source_bucket": bucket, "sparkify_work_bucket": bucket}
    task_context = context(window, variables=names, task_id=task_id, **more)
    operator.render_template_fields(task_context)
    # As in airflow.sdk.execution_time.task_runner.run.
    before = signal.signal(signal.SIGTERM, lambda *_: operator.on_kill())
    try:
        return _run_execute_callable(task_context, operator.execute, operator)
    finally:
        signal.signal(signal.SIGTERM, before)


@cache
def etl() -> Any:
    """The DAG."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(ROOT / "dags" / "sparkify_etl.py")).dags["sparkify_etl"]


@contextmanager
def watched(notice: Notice) -> Iterator[None]:
    """Call `notice` before and after each statement and each commit of every warehouse."""
    original = Warehouse.__init__

    def init(self: Warehouse, connection: Any, *rest: Any) -> None:
        original(self, _watched(connection, notice), *rest)

    Warehouse.__init__ = init
    try:
        yield
    finally:
        Warehouse.__init__ = original


class _Proxy:
    """An object with some of its methods replaced."""

    def __init__(self, wrapped: Any, **methods: Any) -> None:
        self.__dict__.update(methods, _wrapped=wrapped)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._wrapped, name, value)


def _watched(connection: Any, notice: Notice) -> _Proxy:
    seen: Counter[str] = Counter()

    def noticed(name: str, do: Callable[..., Any], *arguments: Any) -> Any:
        seen[name] += 1
        numbered = name if seen[name] == 1 else f"{name} {seen[name]}"
        notice("before", numbered)
        done = do(*arguments)
        notice("after", numbered)
        return done

    def cursor() -> _Proxy:
        real = connection.cursor()
        return _Proxy(
            real, execute=lambda sql, *values: noticed(name_of(sql), real.execute, sql, *values)
        )

    return _Proxy(connection, cursor=cursor, commit=lambda: noticed("commit", connection.commit))


def name_of(sql: str) -> str:
    """A statement's file, or its first words and the file of the SELECT in it."""
    lines = sql.strip().splitlines()
    file = next((_files()[line] for line in lines if line in _files()), "")
    if lines[0] in _files():
        return file
    words = lines[0].split("(")[0].split()[:5]
    return " ".join([*words, file]).strip()


@cache
def _files() -> dict[str, str]:
    """The .sql files by their first lines."""
    return {path.read_text().splitlines()[0]: path.stem for path in files(SQL, "**/*.sql")}
