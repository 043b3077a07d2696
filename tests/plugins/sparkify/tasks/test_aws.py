"""Clients of AWS follow Airflow's connection."""

from __future__ import annotations

import inspect
import json

import pytest
from botocore.config import Config

from sparkify.tasks.aws import s3_client  # before conftest.py puts another in its place


@pytest.fixture
def hook(monkeypatch):
    """The hook of a connection with settings that a client must follow."""
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    extra = {
        "region_name": "eu-central-1",
        "verify": False,
        "config_kwargs": {"retries": {"total_max_attempts": 7}, "user_agent_extra": "of-the-team"},
        "service_config": {"s3": {"endpoint_url": "http://127.0.0.1:9"}},
    }
    connection = {"conn_type": "aws", "login": "a-key-of-aws", "password": "a-secret-of-aws"}
    monkeypatch.setenv("AIRFLOW_CONN_OF_TEST", json.dumps(connection | {"extra": extra}))
    return S3Hook(aws_conn_id="of_test")


def settings_of(client):
    """What a connection sets of a client."""
    return (
        client.meta.endpoint_url,
        client.meta.region_name,
        client.meta.config.retries,
        client._endpoint.http_session._verify,
        client._request_signer._credentials.access_key,
    )


def test_it_is_the_hooks_client_but_for_its_user_agent(hook):
    client = s3_client(hook)
    assert settings_of(client) == settings_of(hook.get_conn())
    assert client.meta.config.user_agent.endswith("of-the-team sparkify")


def test_the_call_stack_is_not_inspected(hook, monkeypatch):
    monkeypatch.setattr(inspect, "stack", lambda *_: pytest.fail("it takes long"))
    s3_client(hook)


def test_limits_replace_the_connections(hook):
    limits = Config(read_timeout=5, retries={"total_max_attempts": 2})
    config = s3_client(hook, limits).meta.config
    assert (config.read_timeout, config.retries["total_max_attempts"]) == (5, 2)
    assert s3_client(hook).meta.config.read_timeout == 60


def test_without_a_connection_boto3_finds_the_credentials():
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    client = s3_client(S3Hook(aws_conn_id=None, region_name="us-west-2"))
    assert client.meta.config.user_agent_extra == "sparkify"
