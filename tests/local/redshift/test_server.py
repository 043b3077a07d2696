"""Start-up: every client sees Redshift, whatever its first message is."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redshift_connector

from local.postgres import binary
from local.redshift.wire import protocol
from tests.conftest import ROOT, Endpoint

SSL_REQUEST = struct.pack("!ii", 8, protocol.SSL_REQUEST)
GSS_REQUEST = struct.pack("!ii", 8, protocol.GSS_REQUEST)


@pytest.fixture
def raw(endpoint: Endpoint) -> socket.socket:
    with socket.create_connection((endpoint.host, endpoint.port), timeout=10) as connection:
        yield connection


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder outside pytest's, which other users cannot read."""
    with tempfile.TemporaryDirectory(prefix="sparkify-test-") as folder:
        yield Path(folder)


def greeting(raw: socket.socket, parameters: dict[str, str]) -> bytes:
    raw.sendall(protocol.startup(196608, protocol.encode_parameters(parameters)))
    answer = b""
    while b"Z\0\0\0\x05I" not in answer and (piece := raw.recv(1 << 16)):
        answer += piece
    return answer


def test_start_up_parameters_that_only_redshift_knows_are_dropped(raw: socket.socket) -> None:
    parameters = {"user": "awsuser", "database": "dev", "client_protocol_version": "2"}
    answer = greeting(raw, parameters | {"driver_version": "x", "os_version": "y", "plugin": "z"})
    assert answer.endswith(b"Z\0\0\0\x05I")
    assert b"server_version\x008.0.2\0" in answer


def test_it_says_that_it_is_redshift(endpoint: Endpoint) -> None:
    with psycopg.connect(endpoint.conninfo) as connection:
        assert connection.info.server_version == 80002
        (version,) = connection.execute("select version()").fetchone()
        assert "Redshift 1.0" in version


def test_gss_is_declined_and_the_client_goes_on_without(raw: socket.socket) -> None:
    raw.sendall(GSS_REQUEST)
    assert raw.recv(1) == b"N"
    assert greeting(raw, {"user": "awsuser", "database": "dev"}).endswith(b"Z\0\0\0\x05I")


def test_ssl_is_offered_once(raw: socket.socket, endpoint: Endpoint) -> None:
    raw.sendall(SSL_REQUEST)
    assert raw.recv(1) == b"S"
    context = ssl.create_default_context(cafile=endpoint.authority)
    with context.wrap_socket(raw, server_hostname=endpoint.host) as wrapped:
        wrapped.sendall(SSL_REQUEST)
        assert wrapped.recv(1) == b"N"
        assert greeting(wrapped, {"user": "awsuser", "database": "dev"}).endswith(b"\x05I")


def test_many_megabytes_go_both_ways_under_tls(endpoint: Endpoint) -> None:
    trusted = {"sslmode": "verify-full", "sslrootcert": str(endpoint.authority)}
    with psycopg.connect(endpoint.conninfo, **trusted) as connection:
        assert connection.pgconn.ssl_in_use
        text = "é" * 4_000_000
        ((back,),) = connection.execute("select %s::text", [text]).fetchall()
        assert back == text


def test_a_client_that_requests_tls_and_does_not_speak_it_is_dropped(
    raw: socket.socket, endpoint: Endpoint
) -> None:
    raw.sendall(SSL_REQUEST)
    assert raw.recv(1) == b"S"
    raw.sendall(protocol.startup(196608, protocol.encode_parameters({"user": "awsuser"})))
    while piece := raw.recv(1 << 10):  # a TLS alert, then the end of the connection
        assert b"server_version" not in piece
    with psycopg.connect(endpoint.conninfo) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_an_unknown_user_or_database_is_named(endpoint: Endpoint) -> None:
    with pytest.raises(psycopg.OperationalError, match='role "nobody" does not exist'):
        psycopg.connect(endpoint.conninfo, user="nobody")
    with pytest.raises(psycopg.OperationalError, match='database "none" does not exist'):
        psycopg.connect(endpoint.conninfo, dbname="none")


def test_a_protocol_that_is_not_version_3_is_refused_in_words(raw: socket.socket) -> None:
    raw.sendall(protocol.startup(131072, b"\0"))
    assert b"unsupported frontend protocol 2.0" in raw.recv(1 << 16)


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\0\0\0\0\0", b"\x16\x03\x01"])
def test_invalid_bytes_on_the_port_do_no_harm(
    raw: socket.socket, endpoint: Endpoint, noise: bytes
) -> None:
    raw.sendall(noise)
    raw.shutdown(socket.SHUT_WR)
    while raw.recv(1 << 16):
        pass
    with psycopg.connect(endpoint.conninfo) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_statement_can_be_cancelled(endpoint: Endpoint) -> None:
    with psycopg.connect(endpoint.conninfo) as connection:
        timer = threading.Timer(0.2, connection.cancel_safe)
        timer.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("select pg_sleep(30)")
        timer.join()


def test_a_second_endpoint_on_a_port_in_use_does_not_start(endpoint: Endpoint, tmp_path) -> None:
    command = [
        os.sys.executable, "-m", "local.redshift", "--port", str(endpoint.port),
        "--data-dir", str(tmp_path / "data"),
    ]  # fmt: skip
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "did not start" in ended.stderr
    assert "address already in use" in ended.stderr
    assert not (tmp_path / "data").exists()


def psql(endpoint: Endpoint, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [binary("psql"), "-X", "-d", endpoint.conninfo, *arguments]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.usefixtures("clean_database")
def test_psql_runs_several_statements_at_once(endpoint: Endpoint) -> None:
    ended = psql(
        endpoint, "-At", "-c",
        "create table t (a int primary key) diststyle all; insert into t values (1), (2);"
        " select * from t; select sum(a) as total from t",
    )  # fmt: skip
    assert ended.stderr == ""
    assert ended.stdout.split() == ["CREATE", "TABLE", "INSERT", "0", "2", "1", "2", "3"]


@pytest.mark.usefixtures("clean_database")
def test_several_statements_at_once_are_one_transaction(endpoint: Endpoint) -> None:
    ended = psql(
        endpoint, "-c",
        "create table t (a int primary key); insert into t values (1); select 1/0; select 2",
    )  # fmt: skip
    assert "division by zero" in ended.stderr
    assert "does not exist" in psql(endpoint, "-c", "select * from t").stderr


@pytest.mark.usefixtures("clean_database")
def test_psql_stops_at_an_error_or_continues_as_configured(endpoint: Endpoint) -> None:
    text = "select distinct on (1) 1;\nselect 'on';\n"
    going_on = psql(endpoint, "-At", text=text)
    assert "DISTINCT ON is not supported" in going_on.stderr
    assert going_on.stdout == "on\n"
    stopping = psql(endpoint, "-At", "-v", "ON_ERROR_STOP=1", text=text)
    assert stopping.returncode == 3
    assert stopping.stdout == ""


@pytest.mark.usefixtures("clean_database")
def test_psql_shows_what_a_copy_loaded(endpoint: Endpoint, s3, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b'{"a": 1}\n{"a": 2}')
    ended = psql(
        endpoint, "-At",
        text="create table t (a int);\n"
        f"copy t from 's3://{bucket}/a' iam_role default json 'auto';\n",
    )  # fmt: skip
    assert ended.stderr == (
        "INFO:  Load into table 't' completed, 2 record(s) loaded successfully.\n"
    )
    assert ended.stdout == "CREATE TABLE\nCOPY\n"


def test_psqls_own_commands_work_as_far_as_redshift_lets_them(endpoint: Endpoint) -> None:
    ended = psql(endpoint, "-At", text="\\conninfo\nset query_group to 'etl';\nshow timezone;\n")
    assert ended.stdout.endswith("SET\nUTC\n")


def test_an_endpoint_that_stops_also_stops_postgresql(outside: Path) -> None:
    command = [
        os.sys.executable,
        "-m",
        "local.redshift",
        "--port",
        "0",
        "--data-dir",
        str(outside / "data"),
    ]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "ready on" not in process.stderr.readline():
            assert process.poll() is None
        server = int((outside / "data" / "postmaster.pid").read_text().split()[0])
        process.terminate()
        assert process.wait(20) == 0
    for _ in range(100):
        try:
            os.kill(server, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("PostgreSQL is still there")


def test_redshift_connector_connects_as_it_does_to_redshift(endpoint: Endpoint) -> None:
    with redshift_connector.connect(
        host=endpoint.host, port=endpoint.port, user=endpoint.user, password="any",
        database=endpoint.dbname, ssl=False, application_name="test", timeout=5,
    ) as connection:  # fmt: skip
        cursor = connection.cursor()
        cursor.execute("select current_database(), current_setting('application_name')")
        assert list(cursor.fetchone()) == ["dev", "test"]


@pytest.mark.parametrize("source", ["", " from pg_catalog.pg_class limit 1"])
def test_a_client_cannot_read_the_machines_files(endpoint, source):
    refusals = (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported)
    with psycopg.connect(endpoint.conninfo) as connection, pytest.raises(refusals):
        connection.execute(f"select pg_read_file('/etc/passwd'){source}")


@pytest.mark.skipif(sys.platform != "linux", reason="others have no 127.0.0.2 unless asked")
def test_it_listens_where_it_is_told_to(s3_endpoint: str, outside: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", 0))
        port = probe.getsockname()[1]
    outside.chmod(0o755)  # PostgreSQL may run as another user
    command = [sys.executable, "-m", "local.redshift", "--host", "127.0.0.2", "--port", str(port)]
    command += ["--data-dir", str(outside / "data"), "--s3-endpoint", s3_endpoint]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        while "ready on 127.0.0.2:" not in (line := process.stderr.readline()):
            assert line, "it ended"
        with psycopg.connect(f"host=127.0.0.2 port={port} user=awsuser dbname=dev") as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError, match="refused"):
            psycopg.connect(f"host=127.0.0.1 port={port} user=awsuser dbname=dev")
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()
