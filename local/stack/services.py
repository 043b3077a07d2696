"""The processes of the stack: how each one starts, and when it is ready.

Purpose: one table with all differences between them.
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

from local import aws, s3
from local.stack.airflow_api import ApiError, get_json
from local.stack.airflow_settings import PRELOAD_VARIABLE
from local.stack.processes import port_open
from local.stack.settings import Settings

METADATA = "metadata"  # not in the table: a child of the supervisor


@dataclass(frozen=True)
class Service:
    """A process of the stack.

    :param is_ready: takes the settings and the time of the start.
    :param needs_metadata: a component of Airflow, which starts after the migration.
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
    """Ready when the health page shows a heartbeat after the start.

    An older heartbeat may be a previous process's, which is reported as healthy for 30 seconds.
    """

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
        command=lambda settings: s3.server_command(settings.s3.number, settings.s3_dir),
        address=lambda settings: settings.s3_url,
        is_ready=lambda settings, _: port_open(settings.s3.number),
    ),
    "aws": Service(
        # CloudFormation, IAM, Redshift's management and Secrets Manager, for the cluster's DAGs.
        command=lambda settings: aws.server_command(settings.aws.number),
        address=lambda settings: settings.aws_url,
        is_ready=lambda settings, _: port_open(settings.aws.number),
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
        # The log server is off: it would listen on all addresses, and logs are local files.
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
        environment=((PRELOAD_VARIABLE, "1"),),
    ),
    "triggerer": Service(
        # Waits for deferred tasks. Its log server is off, as the scheduler's.
        command=_airflow("triggerer", "--skip-serve-logs"),
        address=lambda _: "",
        is_ready=_heartbeat_since("triggerer"),
        needs_metadata=True,
    ),
}


def warm_up(settings: Settings) -> None:
    """Send a first request to the tasks' API. It takes three seconds, which a task would wait."""
    with contextlib.suppress(ApiError):
        get_json(f"{settings.ui_url}/execution/health", timeout=10)


def create_database(settings: Settings) -> None:
    """Create Airflow's database on the first start."""
    server = f"host=127.0.0.1 port={settings.metadata.number} user=postgres dbname=postgres"
    with psycopg.connect(server, autocommit=True) as connection:
        exists = connection.execute("select 1 from pg_database where datname = 'airflow'")
        if exists.fetchone() is None:
            connection.execute("create database airflow")


def migration_mark(settings: Settings) -> Path:
    """The file with the Airflow version that the database was last migrated to."""
    return settings.state_dir / "metadata.version"


def needs_migration(settings: Settings) -> bool:
    """Whether the database is from another Airflow version. Asking Airflow would take seconds."""
    mark = migration_mark(settings)
    return not mark.exists() or mark.read_text() != version("apache-airflow-core")


MIGRATION = Service(
    command=_airflow("db", "migrate"), address=lambda _: "", is_ready=lambda *_: True
)
