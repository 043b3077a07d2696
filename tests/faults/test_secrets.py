"""Passwords, keys and tokens of a connection are never written anywhere.

The tests use recognizable secrets, which must not occur in a run's logs, errors, results, rendered
fields or statements.
"""

from __future__ import annotations

import json
import logging
import socket
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import redshift_connector

from tests.conftest import Endpoint, connection_environment
from tests.faults.child import etl, perform
from tests.faults.scenes import EVENTS, HOUR
from tests.support.aws import aws_connection
from tests.support.aws_stand_in import serverless
from tests.support.runs import context, event, put_lines, put_paths, song

CANARIES = {
    "password": "canary-of-the-warehouse-8c1f",
    "access_key": "AKIACANARYOFTHEKEY4D",
    "secret_key": "canary/of+the=secret/key/3b7a",
    "session_token": "canary-of-the-token-e25d",
    "temporary_password": "canary-of-an-hour-77aa",
}
# The forms of connection that docs/connections.md names.
FORMS = ("redshift", "postgres", "redshift by IAM", "postgres by IAM", "assumed role")
BY_IAM: dict[str, dict[str, Any]] = {
    "redshift": {"iam": True, "is_serverless": True, "serverless_work_group": "sparkify"},
    "postgres": {"iam": True, "redshift-serverless": True, "workgroup-name": "sparkify"},
}
# Wire logs of libraries show headers. Airflow switches them off.
_WIRE_LOGS = ("botocore", "boto3", "urllib3", "s3transfer", "werkzeug")


class Output:
    """All recorded output."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, thing: Any) -> None:
        self.texts.append(thing if isinstance(thing, str) else repr(thing))

    def whole(self) -> str:
        return "\n".join(self.texts)

    def canaries(self) -> set[str]:
        return {name for name, canary in CANARIES.items() if canary in self.whole()}


class _Listener(logging.Handler):
    """Records all log messages, unmasked."""

    def __init__(self, heard: Output) -> None:
        super().__init__()
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.add(self.format(record))
        self.heard.add(record.args)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Iterator[Output]:
    """Records DEBUG logs, standard output, and all statements and values that the drivers get."""
    heard = Output()
    root, listener = logging.getLogger(), _Listener(heard)
    root.addHandler(listener)
    before = root.level
    root.setLevel(logging.DEBUG)
    levels = {name: logging.getLogger(name).level for name in _WIRE_LOGS}
    for name in _WIRE_LOGS:
        logging.getLogger(name).setLevel(logging.WARNING)
    for driver in (redshift_connector.Cursor, psycopg.Cursor):
        monkeypatch.setattr(driver, "execute", _heard(driver.execute, heard))
    yield heard
    root.removeHandler(listener)
    root.setLevel(before)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    for text in capfd.readouterr():
        heard.add(text)
    assert heard.canaries() == set()


def _heard(execute: Callable[..., Any], heard: Output) -> Callable[..., Any]:
    def hear(self: Any, *arguments: Any, **named: Any) -> Any:
        heard.add((arguments, named))
        return execute(self, *arguments, **named)

    return hear


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def with_canaries(
    warehouse: Any,
    monkeypatch: Any,
    form: str,
    endpoint: Endpoint,
    s3_endpoint: str,
    s3: Any,
    bucket: str,
) -> Iterator[dict[str, str]]:
    """The connections of a form, with a recognizable value for each secret."""
    kind = form.split()[0] if form != "assumed role" else "redshift"
    environment = connection_environment(kind, endpoint, s3_endpoint, CANARIES["password"])
    put_paths(s3, bucket)
    with serverless("awsuser", CANARIES["temporary_password"]) as service:
        extra: dict[str, Any] = {
            "aws_session_token": CANARIES["session_token"],
            "service_config": {
                "redshift-serverless": {"endpoint_url": service.url},
                "sts": {"endpoint_url": s3_endpoint},
            },
        }
        if form == "assumed role":
            extra["role_arn"] = "arn:aws:iam::123456789012:role/airflow"
        if form.endswith("by IAM"):
            connection = json.loads(environment["AIRFLOW_CONN_REDSHIFT_DEFAULT"])
            connection["extra"] |= BY_IAM[kind]
            environment["AIRFLOW_CONN_REDSHIFT_DEFAULT"] = json.dumps(connection)
        key, secret = CANARIES["access_key"], CANARIES["secret_key"]
        environment["AIRFLOW_CONN_AWS_DEFAULT"] = aws_connection(
            s3_endpoint, key=key, secret=secret, **extra
        )
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield environment
        assert bool(service.requests) == form.endswith("by IAM")


def _failure(do: Callable[[], Any], heard: Output) -> str:
    with pytest.raises(Exception) as failed:  # noqa: PT011 - whatever it is
        do()
    text = "".join(traceback.format_exception(failed.value))
    heard.add(text)
    return text


@pytest.mark.usefixtures("with_canaries")
def test_a_whole_run_outputs_no_secret(s3, bucket, heard):
    put_lines(s3, bucket, EVENTS, [event("2018-11-05T10:10:00")])
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    variables = {"sparkify_source_bucket": bucket, "sparkify_work_bucket": bucket}
    for task_id in [task.task_id for task in etl().topological_sort()]:
        operator = etl().get_task(task_id).prepare_for_execution()
        task_context = context(HOUR, variables=variables, task_id=task_id)
        operator.render_template_fields(task_context)
        heard.add({name: getattr(operator, name) for name in operator.template_fields})
        heard.add(operator.execute(task_context))
        heard.add(vars(operator))
    assert "copy arrived_rows" in heard.whole(), "the statements were not heard"
    assert "statements in" in heard.whole(), "the logs were not heard"
    for item in s3.list_objects_v2(Bucket=bucket, Prefix="sparkify/")["Contents"]:
        heard.add(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode())


def test_a_task_that_fails_by_bad_data_outputs_no_secret(with_canaries, s3, bucket, heard):
    put_lines(s3, bucket, EVENTS, ["{broken", "{broken"])
    assert "LoadRefused" in _failure(lambda: perform("stage_events", HOUR, bucket), heard)


def test_a_copy_that_s3_denies_outputs_no_secret(with_canaries, s3, bucket, heard):
    s3.delete_object(Bucket=bucket, Key="log_json_path.json")
    put_lines(s3, bucket, EVENTS, [event("2018-11-05T10:20:00")])
    message = _failure(lambda: perform("stage_events", HOUR, bucket), heard)
    assert "S3ServiceException" in message


def test_a_refused_connection_outputs_no_secret(with_canaries, monkeypatch, bucket, heard):
    """RedshiftSQLHook retries this itself for 16 s; here without the delays."""
    from airflow.providers.amazon.aws.hooks.redshift_sql import RedshiftSQLHook

    monkeypatch.setattr(RedshiftSQLHook.get_conn.retry, "sleep", lambda seconds: None)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        refused = json.loads(with_canaries["AIRFLOW_CONN_REDSHIFT_DEFAULT"])
        refused["port"] = nobody.getsockname()[1]
        monkeypatch.setenv("AIRFLOW_CONN_REDSHIFT_DEFAULT", json.dumps(refused))
        message = _failure(lambda: perform("load_users", HOUR, bucket), heard)
    assert "ConnectionLost" in message
