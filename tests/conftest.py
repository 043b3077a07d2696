"""Fixtures for all tests: an S3 server, a Redshift endpoint, and connections to them.

Both servers start once for each pytest-xdist worker, on free ports. Workers therefore share
nothing, and a running stack is not affected. The servers stop with their worker, even if it is
killed.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from local.redshift.process import log_of, running_endpoint
from local.s3 import REGION, client
from tests.support.aws import aws_connection
from tests.support.tables import Tables

ROOT = Path(__file__).parent.parent
KIND: dict[str, Any] = {"system_view_lag": 0.0, "isolation": "snapshot"}
HARSH: dict[str, Any] = {"system_view_lag": 0.3, "isolation": "serializable"}
# `make test-harsh` runs all tests of loads with the harsh settings.
SETTINGS = HARSH if os.environ.get("SPARKIFY_TEST_HARSH") == "1" else KIND


# `make test` draws the same few examples each time; `make test-deep` draws many new ones.
settings.register_profile("fixed", derandomize=True, max_examples=5, deadline=None)
settings.register_profile("deep", max_examples=110, deadline=None, print_blob=True)
settings.load_profile("fixed")


def _give_airflow_a_home() -> None:
    """Give this process its own Airflow home, before anything imports Airflow."""
    assert "airflow" not in sys.modules, "Airflow was imported before its home was set"
    home = tempfile.mkdtemp(prefix="sparkify-airflow-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ |= {
        "AIRFLOW_HOME": home,
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
    }


# Not in a hook: pytest first imports the conftest.py of each given folder, and one of them may
# import Airflow.
_give_airflow_a_home()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of this worker's Redshift endpoint."""

    port: int
    process: subprocess.Popen[str] = field(repr=False)
    authority: Path  # verifies its certificate
    record: Path  # the statements that clients have sent
    host: str = "127.0.0.1"
    user: str = "awsuser"
    dbname: str = "dev"

    @property
    def conninfo(self) -> str:
        """The connection string for psycopg and psql."""
        return f"host={self.host} port={self.port} user={self.user} dbname={self.dbname}"


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The URL of an S3 server in a thread of this process."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication as Dispatcher
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        # Without this, moto searches all AWS services on each request.
        find = cache(Dispatcher.get_backend_for_host)
        patch.setattr(Dispatcher, "get_backend_for_host", find)
        server.start()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()


@pytest.fixture(scope="session", autouse=True)
def _fast_drivers() -> Iterator[None]:
    """Do once in a process what boto3 and redshift_connector do for each new connection.

    A new client of S3 reads megabytes of JSON, and a new connection to Redshift scans each
    statement for placeholders: both take longer than the task that uses them. boto3 retries without
    delay.
    """
    from botocore import retryhandler, session
    from botocore.retries.standard import ExponentialBackoff
    from redshift_connector import core

    from sparkify.tasks import aws

    make = aws.s3_client
    made: dict[str, Any] = {}

    def s3_client(hook: Any, limits: Any = None) -> Any:
        connection = os.environ.get(f"AIRFLOW_CONN_{hook.aws_conn_id}".upper())
        if connection is None or limits is not None:
            return make(hook, limits)
        if connection not in made:
            made[connection] = make(hook)
        return made[connection]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", cache(session.create_loader))  # as the scheduler
        patch.setattr(aws, "s3_client", s3_client)
        patch.setattr(core, "convert_paramstyle", lru_cache(5000)(core.convert_paramstyle))
        patch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.01)
        patch.setattr(retryhandler, "delay_exponential", lambda *_, **__: 0.01)
        yield


@pytest.fixture(scope="session")
def s3(s3_endpoint: str) -> Any:
    """A boto3 client for the S3 server."""
    return client(s3_endpoint)


@pytest.fixture
def bucket(s3: Any) -> str:
    """The name of a new bucket for the test."""
    name = f"test-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


@pytest.fixture(scope="session")
def endpoint(s3_endpoint: str) -> Iterator[Endpoint]:
    """A Redshift endpoint in a separate process, which reads from `s3_endpoint`."""
    with run_endpoint(s3_endpoint, data_folder() / "data", **SETTINGS) as running:
        yield running


def data_folder() -> Path:
    """A folder for PostgreSQL's data, which is deleted when this process ends."""
    # Not in pytest's folder: other users cannot read that, and PostgreSQL may run as another user.
    folder = tempfile.mkdtemp(prefix="sparkify-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@contextmanager
def run_endpoint(
    s3_endpoint: str,
    data_dir: Path,
    port: int = 0,
    *,
    system_view_lag: float = 0.0,
    isolation: str = "snapshot",
) -> Iterator[Endpoint]:
    """Run an endpoint on `data_dir`; default port: a free one."""
    record = data_dir.with_name("statements.jsonl")
    options = ["--system-view-lag", str(system_view_lag), "--isolation", isolation]
    options += ["--record", str(record)]
    try:
        with running_endpoint(data_dir, s3_endpoint, options, port=port) as (process, listening):
            yield Endpoint(
                port=listening,
                process=process,
                authority=data_dir.with_name(f"{data_dir.name}-tls") / "ca.crt",
                record=record,
            )
    finally:
        _reject_faults(log_of(data_dir))


def _reject_faults(log: Path) -> None:
    """Fail if the endpoint logged an exception: that is a bug, even if the client saw no error."""
    text = log.read_text()
    if "Traceback" in text:
        pytest.fail(f"the Redshift endpoint logged a fault:\n{text}", pytrace=False)


@pytest.fixture(params=["snapshot", "serializable"])
def isolation(request: pytest.FixtureRequest, endpoint: Endpoint) -> Iterator[str]:
    """Runs the test under both isolation levels.

    Under `serializable` the system views also lag, so that both harsh settings apply.
    """
    import psycopg

    def alter(level: str, lag: float) -> None:
        database = f"alter database {endpoint.dbname}"
        with psycopg.connect(endpoint.conninfo, autocommit=True) as connection:
            connection.execute(f"{database} isolation level {level}")
            connection.execute(f"{database} set redshift.system_view_lag to '{lag}'")

    lags = {each["isolation"]: each["system_view_lag"] for each in (KIND, HARSH)}
    alter(request.param, lags[request.param])
    yield request.param
    alter(SETTINGS["isolation"], SETTINGS["system_view_lag"])


@pytest.fixture(scope="session")
def tables() -> dict[int, Tables]:
    """The project's tables, by the port of their endpoint."""
    return defaultdict(Tables)


@pytest.fixture
def clean_database(
    request: pytest.FixtureRequest, endpoint: Endpoint, tables: dict[int, Tables]
) -> None:
    """A `public` schema without sessions of earlier tests: empty, or with empty tables.

    It has the project's tables if the test asks for `warehouse`.
    """
    import psycopg

    with psycopg.connect(endpoint.conninfo, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where usename = current_user and pid <> pg_backend_pid()"
        )
        needs_tables = "warehouse" in request.fixturenames
        if needs_tables and tables[endpoint.port].empty(connection):
            return
        connection.execute("drop schema if exists public cascade")
        connection.execute("create schema public")
        if needs_tables:
            from tests.support.runs import create_tables

            create_tables(connection)
            tables[endpoint.port].remember(connection)


@pytest.fixture
def redshift(endpoint: Endpoint, clean_database: None) -> Iterator[Any]:
    """A redshift_connector connection to the clean database, with autocommit off."""
    import redshift_connector

    connection = redshift_connector.connect(
        host=endpoint.host,
        port=endpoint.port,
        user=endpoint.user,
        password="",
        database=endpoint.dbname,
        ssl=False,
        application_name="tests",  # without one, the driver reads the source of each caller
    )
    yield connection
    connection.close()


@pytest.fixture(params=["redshift", "postgres"])
def conn_type(request: pytest.FixtureRequest) -> str:
    """Runs the test with both types of connection."""
    return request.param


@pytest.fixture
def storage(s3_endpoint: str) -> str:
    """The URL of the S3 server for Airflow's connection."""
    return s3_endpoint


@pytest.fixture
def connections(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: Endpoint,
    storage: str,
) -> None:
    """Airflow's connections `redshift_default` and `aws_default` to this worker's servers."""
    kind = (
        request.getfixturevalue("conn_type") if "conn_type" in request.fixturenames else "redshift"
    )
    for name, value in connection_environment(kind, endpoint, storage).items():
        monkeypatch.setenv(name, value)


def connection_environment(
    kind: str, endpoint: Endpoint, s3_url: str, password: str = "not-asked-for"
) -> dict[str, str]:
    """Environment variables that define the connections for Airflow."""
    warehouse: dict[str, Any] = {
        "conn_type": kind,
        "host": endpoint.host,
        "port": endpoint.port,
        "login": endpoint.user,
        "password": password,
        "schema": endpoint.dbname,
        "extra": {"ssl": False} if kind == "redshift" else {"sslmode": "disable"},
    }
    return {
        "AIRFLOW_CONN_REDSHIFT_DEFAULT": json.dumps(warehouse),
        "AIRFLOW_CONN_AWS_DEFAULT": aws_connection(s3_url, secret="not-asked-for"),
    }


@pytest.fixture
def warehouse(redshift: Any, connections: None) -> Any:
    """A connection with autocommit to a database with all of the project's tables, empty."""
    redshift.autocommit = True
    return redshift


SECRET = "canary-of-the-warehouse"


@dataclass
class OwnAirflow:
    """Airflow's command line with its own home, database and connections."""

    environment: dict[str, str]

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "airflow", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True)


@pytest.fixture(scope="session")
def airflow_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with Airflow's tables. Tests copy it."""
    home = tmp_path_factory.mktemp("airflow") / "home"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW")}
    migrated = OwnAirflow(environment | {"AIRFLOW_HOME": str(home)})("db", "migrate")
    assert migrated.returncode == 0, migrated.stderr[-2000:]
    return home / "airflow.db"


@pytest.fixture
def own_airflow(
    bucket: str,
    warehouse: Any,
    endpoint: Endpoint,
    s3_endpoint: str,
    airflow_database: Path,
    tmp_path: Path,
) -> OwnAirflow:
    """An Airflow whose DAGs use this worker's servers. All tables exist."""
    (tmp_path / "home").mkdir()
    for path in airflow_database.parent.glob("airflow.db*"):
        shutil.copy(path, tmp_path / "home")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW")}
    environment |= connection_environment("redshift", endpoint, s3_endpoint, SECRET)
    return OwnAirflow(
        environment
        | {
            "AIRFLOW_HOME": str(tmp_path / "home"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW_VAR_SPARKIFY_SOURCE_BUCKET": bucket,
            "AIRFLOW_VAR_SPARKIFY_WORK_BUCKET": bucket,
        }
    )
