"""The parent of the stack's processes: `python -m local.stack.supervisor`, started by `up`.

Purpose: start all processes, write their state to the state file, and stop them in order. It does
not restart a process that ends: `up` does that.

How: it runs in its own session, so that Ctrl-C in a terminal does not reach it. A lock ensures that
only one supervisor runs. SIGTERM stops it and all its processes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from types import FrameType

from local.postgres import EmbeddedPostgres, PostgresStartError
from local.stack.airflow_settings import airflow_environment
from local.stack.processes import Identity
from local.stack.services import (
    METADATA,
    MIGRATION,
    SERVICES,
    Service,
    create_database,
    migration_mark,
    needs_migration,
    warm_up,
)
from local.stack.settings import Settings, load_settings
from local.stack.state import ServiceState, StackState, write_state

POLL_SECONDS = 0.1
START_TIMEOUT = 120.0
STOP_TIMEOUT = 10.0
METADATA_SETTINGS = {"shared_buffers": "128MB"}


class StartError(RuntimeError):
    """The stack cannot start; the message is shown to the user."""


class Supervisor:
    """Runs the stack until SIGTERM."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.environment = airflow_environment(settings)
        self.metadata = EmbeddedPostgres(
            settings.state_dir / "metadata",
            port=settings.metadata.number,
            settings=METADATA_SETTINGS,
        )
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.began: dict[str, float] = {}
        self.ending = False
        self.state = StackState(supervisor=Identity.of(os.getpid()))
        self.state.services[METADATA] = ServiceState(f"127.0.0.1:{settings.metadata.number}")
        for name, service in SERVICES.items():
            self.state.services[name] = ServiceState(service.address(settings))

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request_end)
        self._write()
        try:
            self._start_all()
            if not self.ending:
                warm_up(self.settings)
            self._watch()
        except (StartError, PostgresStartError, OSError) as error:
            self.state.phase, self.state.error = "failed", str(error)
            return 1
        finally:
            self._stop_all()
        return 0

    def _request_end(self, _number: int, _frame: FrameType | None) -> None:
        self.ending = True

    def _start_all(self) -> None:
        for name, service in SERVICES.items():
            if not service.needs_metadata:
                self._start(name, service)
        self._starting(METADATA)
        self.metadata.start()
        if self.metadata.process is not None:
            self.state.services[METADATA].identity = Identity.of(self.metadata.process.pid)
        create_database(self.settings)
        if needs_migration(self.settings):
            self._migrate()
        self._ready(METADATA)
        for name, service in SERVICES.items():
            if service.needs_metadata and not self.ending:
                self._start(name, service)
        self._wait(lambda: all(one.status == "ready" for one in self.state.services.values()))
        if not self.ending:
            self.state.phase = "ready"
            self._write()

    def _migrate(self) -> None:
        with self._log("migrate") as log:
            child = MIGRATION.start(self.settings, self.environment, log)
        try:
            self._wait(lambda: child.poll() is not None)
        finally:
            child.kill()
            child.wait()
        if self.ending:
            return
        if child.returncode != 0:
            raise StartError("Airflow's metadata database could not be created; see migrate.log")
        migration_mark(self.settings).write_text(version("apache-airflow-core"))

    def _wait(self, is_done: Callable[[], bool]) -> None:
        """Check the children until `is_done` is true, or the supervisor must end."""
        deadline = time.monotonic() + START_TIMEOUT
        while not self.ending and not is_done():
            self._check_children()
            if time.monotonic() > deadline:
                late = [n for n, s in self.state.services.items() if s.status != "ready"]
                raise StartError(f"not ready after {START_TIMEOUT:.0f} s: {', '.join(late)}")
            time.sleep(POLL_SECONDS)

    def _start(self, name: str, service: Service) -> None:
        self._starting(name)
        with self._log(name) as log:
            child = service.start(self.settings, self.environment, log)
        self.children[name] = child
        self.state.services[name].identity = Identity.of(child.pid)
        self._write()

    def _check_children(self) -> None:
        for name, child in self.children.items():
            service = self.state.services[name]
            code = child.poll()
            if code is not None:
                service.status, service.exit_code = "exited", code
                raise StartError(f"{name} ended during its start (exit code {code})")
            starting = service.status == "starting"
            if starting and SERVICES[name].is_ready(self.settings, self.began[name]):
                self._ready(name)

    def _watch(self) -> None:
        """Write the end of each process to the state file, until the supervisor must end."""
        while not self.ending:
            processes = dict(self.children)
            if self.metadata.process is not None:
                processes[METADATA] = self.metadata.process
            for name, child in processes.items():
                service = self.state.services[name]
                code = child.poll()
                if code is not None and service.status != "exited":
                    service.status, service.exit_code = "exited", code
                    self._write()
            time.sleep(POLL_SECONDS)

    def _stop_all(self) -> None:
        """Stop Airflow first, then the servers that it uses."""
        failed = self.state.phase == "failed"
        self.state.phase = "failed" if failed else "stopping"
        self._write()
        for needs_metadata in (True, False):
            names = [n for n in self.children if SERVICES[n].needs_metadata is needs_metadata]
            for name in names:
                self.children[name].terminate()
            deadline = time.monotonic() + STOP_TIMEOUT
            for name in names:
                child = self.children[name]
                try:
                    child.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
                _end_session(child.pid)
        self.metadata.stop()
        if not failed:
            (self.settings.state_dir / "state.json").unlink(missing_ok=True)

    def _starting(self, name: str) -> None:
        self.began[name] = time.time()
        self.state.services[name].status = "starting"
        self._write()

    def _ready(self, name: str) -> None:
        self.state.services[name].status = "ready"
        self.state.services[name].seconds = round(time.time() - self.began[name], 1)
        self._write()

    def _write(self) -> None:
        write_state(self.settings.state_dir, self.state)

    @contextlib.contextmanager
    def _log(self, name: str) -> Iterator[int]:
        """A file descriptor for appending to `logs/<name>.log`."""
        path = self.settings.logs_dir / f"{name}.log"
        with path.open("ab") as file:
            yield file.fileno()


def _end_session(leader: int) -> None:
    """Kill the remaining processes of a child's session. Its pid is still their group's id."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def main() -> int:
    settings = load_settings()
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    settings.airflow_home.mkdir(parents=True, exist_ok=True)
    with (settings.state_dir / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0  # another `up` was first
        return Supervisor(settings).run()


if __name__ == "__main__":
    sys.exit(main())
