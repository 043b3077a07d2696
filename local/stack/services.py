"""The processes of the stack: how each is started and how one knows that it is ready.

Purpose: a table that says all that differs between them.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg

from local import s3
from local.stack.airflow_api import ApiError, get_json
from local.stack.airflow_settings import PRELOAD_VARIABLE
from local.stack.processes import port_open
from local.stack.settings import Settings

METADATA = "metadata"  # started by the supervisor itself, which owns it


@dataclass(frozen=True)
class Service:
    """:param needs_metadata: one of Airflow's own, started after the migration.
    :param is_ready: of the settings and the time it was started at.
    """

    command: Callable[[Settings], list[str]]
    address: Callable[[Settings], str]
    is_ready: Callable[[Settings, float], bool]
    needs_metadata: bool = False
    environment: tuple[tuple[str, str], ...] = ()

    def start(
        self, settings: Settings, environment: Mapping[str, str], log: int
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=settings.airflow_home,
            env={**environment, **dict(self.environment)},
        )


def _redshift_command(settings: Settings) -> list[str]:
    return [
        *(sys.executable, "-m", "local.redshift"),
        *("--port", str(settings.redshift.number)),
        *("--data-dir", str(settings.state_dir / "redshift")),
        *("--s3-endpoint", settings.s3_url),
    ]


def _airflow(*arguments: str) -> Callable[[Settings], list[str]]:
    return lambda _: [sys.executable, "-m", "airflow", *arguments]


def _heartbeat_since(component: str) -> Callable[[Settings, float], bool]:
    """Ready when the health page shows a heartbeat later than the start: an older one may be of
    the process before it, and is called healthy for another 30 seconds."""

    def is_ready(settings: Settings, started: float) -> bool:
        try:
            health = get_json(f"{settings.ui_url}/api/v2/monitor/health", timeout=2)[component]
        except ApiError:
            return False
        beat = health[f"latest_{component}_heartbeat"]
        return beat is not None and datetime.fromisoformat(beat) >= datetime.fromtimestamp(
            started, UTC
        )

    return is_ready


def _api_answers(settings: Settings, _started: float) -> bool:
    try:
        get_json(f"{settings.ui_url}/api/v2/version", timeout=2)
    except ApiError:
        return False
    return True


SERVICES = {
    "s3": Service(
        command=lambda settings: s3.server_command(settings.s3.number),
        address=lambda settings: settings.s3_url,
        is_ready=lambda settings, _: port_open(settings.s3.number),
    ),
    "redshift": Service(
        command=_redshift_command,
        address=lambda settings: f"127.0.0.1:{settings.redshift.number}",
        is_ready=lambda settings, _: port_open(settings.redshift.number),
    ),
    "api-server": Service(
        command=_airflow("api-server"),
        address=lambda settings: settings.ui_url,
        is_ready=_api_answers,
        needs_metadata=True,
    ),
    "scheduler": Service(
        # Without its log server, which would listen on all addresses; logs are local files.
        command=_airflow("scheduler", "--skip-serve-logs"),
        address=lambda _: "",
        is_ready=_heartbeat_since("scheduler"),
        needs_metadata=True,
        environment=((PRELOAD_VARIABLE, "1"),),
    ),
    "dag-processor": Service(
        command=_airflow("dag-processor"),
        address=lambda _: "",
        is_ready=_heartbeat_since("dag_processor"),
        needs_metadata=True,
    ),
    "triggerer": Service(
        # Waits in the place of deferred tasks. Without its log server, as the scheduler.
        command=_airflow("triggerer", "--skip-serve-logs"),
        address=lambda _: "",
        is_ready=_heartbeat_since("triggerer"),
        needs_metadata=True,
    ),
}


def warm_up(settings: Settings) -> None:
    """Ask the API that tasks talk to for the first time, which takes it three seconds: now, and
    not when the first task waits for it."""
    with contextlib.suppress(ApiError):
        get_json(f"{settings.ui_url}/execution/health", timeout=10)


def create_database(settings: Settings) -> None:
    """Make Airflow's database in the metadata server, on the first start."""
    server = f"host=127.0.0.1 port={settings.metadata.number} user=postgres dbname=postgres"
    with psycopg.connect(server, autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = 'airflow'")
        if known.fetchone() is None:
            connection.execute("create database airflow")


def migration_mark(settings: Settings) -> Path:
    """A file that holds the version of Airflow the database was last migrated to."""
    return settings.state_dir / "metadata.version"


def needs_migration(settings: Settings) -> bool:
    """Whether another version of Airflow, or none, made the tables: asking it takes seconds."""
    mark = migration_mark(settings)
    return not mark.exists() or mark.read_text() != version("apache-airflow-core")


MIGRATION = Service(
    command=_airflow("db", "migrate"), address=lambda _: "", is_ready=lambda *_: True
)
