"""Every form of connection that the README names, on the endpoint, on moto, and with TLS."""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.redshift_sql import RedshiftSQLHook

from local.redshift.history.statement_record import read_record
from local.redshift.wire.tls import server_context
from local.s3 import REGION
from sparkify.model import STAGING_SONGS
from sparkify.operators import StageToRedshiftOperator
from sparkify.warehouse.connections import connector_of
from sparkify.warehouse.session import Warehouse
from tests.conftest import ROOT, SECRET, Endpoint, connection_environment
from tests.support.aws import aws_client, aws_connection
from tests.support.aws_stand_in import serverless
from tests.support.runs import put_lines, query, run, song
from tests.support.runs import stage as stage_table

REDSHIFT = "AIRFLOW_CONN_REDSHIFT_DEFAULT"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hook retries a refused connection five times; here without delays."""
    monkeypatch.setattr(RedshiftSQLHook.get_conn.retry, "sleep", lambda _: None)


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint) -> Any:
    """Open a session with the connection `w` of this type and with these extras."""

    def open_connection(kind: str, *, host: str = "127.0.0.1", extra: Any = None) -> Any:
        expected = {"conn_type": kind, "host": host, "port": endpoint.port, "login": "awsuser"}
        expected |= {"password": SECRET, "schema": "dev", "extra": extra or {}}
        monkeypatch.setenv("AIRFLOW_CONN_W", json.dumps(expected))
        return connector_of("w").open()

    return open_connection


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint, conn_type: str) -> dict[str, str]:
    """Make the driver trust the endpoint's certificate authority; returns the extras for it."""
    if conn_type == "postgres":
        return {"sslrootcert": str(endpoint.authority)}
    monkeypatch.setenv("SSL_CERT_FILE", str(endpoint.authority))
    return {}


def set_aws(monkeypatch: pytest.MonkeyPatch, url: str, **extra: Any) -> None:
    """Make the connection `aws_default` point to a server, with these extras."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(url, **extra))


def in_tls(connection: Any) -> bool:
    usock = getattr(connection, "_usock", None)
    return isinstance(usock, ssl.SSLSocket) if usock else bool(connection.pgconn.ssl_in_use)


# TLS


def test_tls_is_on_and_verified_by_default(connect, trusted, conn_type):
    connection = connect(conn_type, extra=trusted)
    assert in_tls(connection)
    connection.close()


@pytest.mark.parametrize(
    ("extra", "name"), [({}, "sparkify"), ({"application_name": "mine"}, "mine")]
)
def test_sessions_have_our_name_or_the_one_in_the_extra(connect, trusted, conn_type, extra, name):
    with closing(connect(conn_type, extra=trusted | extra)) as connection:
        assert query(connection, "select current_setting('application_name')") == [(name,)]


def test_a_server_without_a_certificate_by_amazon_is_refused(connect, conn_type):
    with pytest.raises(Exception, match=r"(?i)certificate.verify.failed"):
        connect(conn_type)


def test_a_server_with_a_certificate_for_another_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, conn_type: str
):
    with tls_server(tmp_path / "tls", "elsewhere.example") as port:
        authority = str(tmp_path / "tls" / "ca.crt")
        monkeypatch.setenv("SSL_CERT_FILE", authority)
        expected = {"conn_type": conn_type, "host": "127.0.0.1", "port": port, "login": "awsuser"}
        extra = {"sslrootcert": authority} if conn_type == "postgres" else {"timeout": 5}
        monkeypatch.setenv(
            "AIRFLOW_CONN_W", json.dumps(expected | {"schema": "dev", "extra": extra})
        )
        with pytest.raises(Exception, match=r"(?i)(host|IP address|does not match)"):
            connector_of("w").open()


@contextmanager
def tls_server(folder: Path, name: str) -> Iterator[int]:
    """A server that offers TLS with a certificate for `name`, and nothing else."""
    context = server_context(folder, (name,))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                raw, _ = listener.accept()
                with raw, suppress(OSError):
                    raw.recv(8)
                    raw.sendall(b"S")
                    context.wrap_socket(raw, server_side=True).close()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


@pytest.mark.parametrize(
    ("kind", "extra"),
    [
        ("redshift", {"ssl": False}),
        ("postgres", {"sslmode": "disable"}),
        ("postgres", {"sslmode": "prefer"}),
    ],
)
def test_a_connection_without_tls_causes_a_warning_unless_it_is_local(connect, caplog, kind, extra):
    caplog.set_level(logging.WARNING, "sparkify.warehouse.connections")
    connect(kind, extra=extra).close()
    assert caplog.messages == []
    connect(kind, host="127.1", extra=extra).close()  # this machine, by an unusual name
    assert re.search("w: TLS to 127.1 is (off|not verified): say sslmode=verify-full", caplog.text)


@pytest.mark.parametrize("text", ["true", "True", "1", 1])
def test_a_uri_that_requires_tls_gets_it(connect, endpoint, monkeypatch, text):
    """The driver itself takes everything but a JSON true for false."""
    monkeypatch.setenv("SSL_CERT_FILE", str(endpoint.authority))
    connection = connect("redshift", extra={"ssl": text})
    assert in_tls(connection)
    connection.close()


def test_a_uri_that_turns_tls_off_causes_a_warning_too(connect, caplog):
    caplog.set_level(logging.WARNING, "sparkify.warehouse.connections")
    connect("redshift", host="127.1", extra={"ssl": "false", "iam": "false"}).close()
    assert "w: TLS to 127.1 is off" in caplog.text


def test_a_boolean_option_must_be_true_or_false(connect):
    with pytest.raises(ValueError, match="ssl in the connection's extra is 'perhaps'"):
        connect("redshift", extra={"ssl": "perhaps"})


def test_psycopg_says_that_it_has_no_option_ssl(connect):
    with pytest.raises(Exception, match='invalid connection option "ssl"'):
        connect("postgres", extra={"ssl": False})


# Temporary passwords


def test_a_cluster_gives_a_temporary_password_by_iam(
    connect, trusted, s3_endpoint, conn_type, monkeypatch
):
    cluster = f"c-{uuid.uuid4().hex[:12]}"
    set_aws(monkeypatch, s3_endpoint)
    aws_client("redshift", s3_endpoint).create_cluster(
        ClusterIdentifier=cluster,
        NodeType="ra3.large",
        MasterUsername="root",
        MasterUserPassword="Aa345678",
        DBName="dev",
    )
    named = {"redshift": "cluster_identifier", "postgres": "cluster-identifier"}[conn_type]
    extra = {"iam": True, named: cluster, **trusted}
    if conn_type == "postgres":
        extra["redshift"] = True
    sent = passwords_sent(monkeypatch)
    with pytest.raises(Exception, match=r'role "IAM:awsuser" does not exist'):
        connect(conn_type, extra=extra)  # the endpoint does not have moto's user
    assert sent
    assert SECRET not in sent


def test_a_serverless_workgroup_gives_a_temporary_password_by_iam(
    connect, trusted, conn_type, monkeypatch, caplog
):
    with serverless("awsuser", "canary-of-the-token") as service:
        set_aws(monkeypatch, service.url)
        if conn_type == "redshift":
            extra = {"is_serverless": True, "serverless_work_group": "sparkify"}
        else:
            extra = {"redshift-serverless": True, "workgroup-name": "sparkify"}
        sent = passwords_sent(monkeypatch)
        connection = connect(conn_type, extra={"iam": True, **extra, **trusted})
        assert in_tls(connection)
        connection.close()
    assert set(sent) == {"canary-of-the-token"}
    (request,) = service.requests
    assert (request["workgroupName"], request["dbName"]) == ("sparkify", "dev")
    assert "Credential=local/" in request["signed by"]
    assert "canary" not in caplog.text


def test_each_connection_gets_a_password_of_its_own(endpoint, monkeypatch):
    """A statement may be cancelled long after the first password has expired."""
    monkeypatch.setenv("SSL_CERT_FILE", str(endpoint.authority))
    with serverless("awsuser", "first-password") as service:
        set_aws(monkeypatch, service.url)
        extra = {"iam": True, "is_serverless": True, "serverless_work_group": "sparkify"}
        connection = {"conn_type": "redshift", "host": "127.0.0.1", "port": endpoint.port}
        connection |= {"schema": "dev", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_W", json.dumps(connection))
        with Warehouse.connect("w") as warehouse:
            service.password = "second-password"
            sent = passwords_sent(monkeypatch)
            warehouse.cancel()
    assert sent == ["second-password"]


def passwords_sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Records the passwords that are passed to the drivers."""
    import psycopg
    import redshift_connector

    sent: list[str] = []

    def watching(original: Any) -> Any:
        def connect(*args: Any, **given: Any) -> Any:
            sent.append(given["password"])
            return original(*args, **given)

        return connect

    monkeypatch.setattr(redshift_connector, "connect", watching(redshift_connector.connect))
    monkeypatch.setattr(psycopg.Connection, "connect", watching(psycopg.Connection.connect))
    return sent


# Roles, and where connections are kept


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "iam_role default"),
        (
            {"copy_iam_role": "arn:aws:iam::123456789012:role/copy"},
            "iam_role 'arn:aws:iam::123456789012:role/copy'",
        ),
    ],
)
def test_copy_runs_under_the_clusters_default_role_or_the_one_named(
    s3, bucket, warehouse, endpoint, s3_endpoint, monkeypatch, given, named
):
    set_aws(monkeypatch, s3_endpoint, **given)
    before = len(read_record(endpoint.record))
    stage_songs(s3, bucket)
    (copy,) = [sql for sql in read_record(endpoint.record)[before:] if sql.startswith("copy")]
    assert named in copy
    assert query(warehouse, "select song_id from staging_songs") == [("S1",)]


def test_s3_is_read_under_an_assumed_role_and_copy_under_its_own(
    s3, bucket, warehouse, endpoint, s3_endpoint, monkeypatch
):
    role = "arn:aws:iam::123456789012:role/airflow"
    sts = {"sts": {"endpoint_url": s3_endpoint}}  # endpoint_url alone does not apply to STS
    set_aws(monkeypatch, s3_endpoint, role_arn=role, service_config=sts)
    keys = []
    original = StageToRedshiftOperator._s3

    def watched(self: Any) -> Any:
        hook, client = original(self)
        keys.append(client._request_signer._credentials.access_key)
        return hook, client

    monkeypatch.setattr(StageToRedshiftOperator, "_s3", watched)
    before = len(read_record(endpoint.record))
    stage_songs(s3, bucket)
    assert [key[:4] for key in keys] == ["ASIA"]  # the prefix of temporary keys
    sent = "\n".join(read_record(endpoint.record)[before:])
    assert "iam_role default" in sent
    assert role not in sent
    assert keys[0] not in sent


def stage_songs(s3: Any, bucket: str) -> None:
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    assert run(stage_table(STAGING_SONGS, bucket))["staged"] == 1


def test_connections_are_read_from_aws_secrets_manager(endpoint, s3_endpoint):
    name = f"warehouse_{uuid.uuid4().hex[:8]}"
    connection = json.loads(
        connection_environment("redshift", endpoint, s3_endpoint, SECRET)[REDSHIFT]
    )
    aws_client("secretsmanager", s3_endpoint).create_secret(
        Name=f"airflow/connections/{name}", SecretString=json.dumps(connection)
    )
    script = (
        "from sparkify.warehouse.session import Warehouse\n"
        f"with Warehouse.connect({name!r}) as warehouse:\n"
        "    print(warehouse.query('select version()'))"
    )
    environment = {key: text for key, text in os.environ.items() if "AIRFLOW_CONN" not in key}
    backend = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"
    answer = subprocess.run(
        [sys.executable, "-c", script],
        env=environment
        | {
            "PYTHONPATH": str(ROOT / "plugins"),
            "AIRFLOW__SECRETS__BACKEND": backend,
            "AIRFLOW__SECRETS__BACKEND_KWARGS": '{"connections_prefix": "airflow/connections"}',
            "AWS_ENDPOINT_URL": s3_endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Redshift 1.0" in answer.stdout, answer.stderr[-2000:]
    assert SECRET not in answer.stdout + answer.stderr


def test_a_connection_of_another_type_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_ELSEWHERE", '{"conn_type": "mysql", "host": "db"}')
    with pytest.raises(ValueError, match="is of type 'mysql': 'redshift' or 'postgres' is needed"):
        connector_of("elsewhere")
