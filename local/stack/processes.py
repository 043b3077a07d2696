"""Finds and stops the stack's own processes.

Purpose: never stop a process of another program. A process is identified by its pid and its
creation time, since pids are reused. Processes whose parent was killed are found by a variable in
their environment, and PostgreSQL servers by the data directory in their command.
"""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from local.stack.airflow_settings import STACK_VARIABLE

CLOCK_TOLERANCE = 1.0  # seconds; a creation time changes when the system clock is corrected


@dataclass(frozen=True)
class Identity:
    """Identifies one process, even if its pid is reused."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> Identity:
        return cls(pid=pid, created=psutil.Process(pid).create_time())

    @classmethod
    def parse(cls, stored: dict[str, Any] | None) -> Identity | None:
        return cls(pid=int(stored["pid"]), created=float(stored["created"])) if stored else None

    def process(self) -> psutil.Process | None:
        """The process; None if it has ended, even if another process has its pid."""
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) <= CLOCK_TOLERANCE
            if same and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None


def survivors(state_dir: Path) -> list[psutil.Process]:
    """All running processes of the stack in `state_dir`, except this one and its parents."""
    excluded = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in excluded and _belongs(process, state_dir)
    ]


def _belongs(process: psutil.Process, state_dir: Path) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.environ().get(STACK_VARIABLE) == str(state_dir):
            return True
        if process.name() == "postgres":
            command = process.cmdline()
            data_dir = command[command.index("-D") + 1] if "-D" in command[:-1] else ""
            return bool(data_dir) and Path(data_dir).is_relative_to(state_dir)
    return False


def end(processes: list[psutil.Process], timeout: float) -> None:
    """Terminate the processes, and kill those that run on after `timeout` seconds.

    At SIGTERM a PostgreSQL server waits until its clients, the other processes, have disconnected.
    """
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=timeout)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=5)


def port_holder(port: int) -> str | None:
    """The process that has `port` on 127.0.0.1, as `pid 123 (postgres)`; None if it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            if not port_open(port):  # some systems let two programs bind, if one uses 0.0.0.0
                return None
        except PermissionError:
            return "the system (ports below 1024 need root)"
        except OSError:
            pass
    return _owner(port) or "another program"


def port_open(port: int) -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _owner(port: int) -> str | None:
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            local = connection.laddr
            if local and local.port == port and connection.status == psutil.CONN_LISTEN:
                if connection.pid is None:
                    return None
                return f"pid {connection.pid} ({psutil.Process(connection.pid).name()})"
    return None
