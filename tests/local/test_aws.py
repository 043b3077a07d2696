"""The laptop's AWS server, in its own process, deploys, updates and deletes the cluster's stack."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws import server_command
from local.stack.processes import port_open
from sparkify.cluster.stack import deploy_stack, stack_outputs
from tests.support.aws import aws_client, aws_connection


@pytest.fixture
def url() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(server_command(port), stderr=subprocess.DEVNULL)
    while not port_open(port):
        assert process.poll() is None
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


def test_a_stack_is_deployed_changed_and_deleted(url, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(url))
    redshift, formation = (aws_client(name, url) for name in ("redshift", "cloudformation"))

    def clusters() -> Any:
        descriptions = redshift.describe_clusters()["Clusters"]
        return [(one["ClusterIdentifier"], one["NumberOfNodes"]) for one in descriptions]

    outputs = stack_outputs(**deploy_stack("redshift-sparkify", {})).xcom_value
    assert json.loads(outputs["Connection"])["host"].startswith("sparkify.")
    assert clusters() == [("sparkify", 1)]
    assert deploy_stack("redshift-sparkify", {"NumberOfNodes": "2"})["goal"] == "UPDATE_COMPLETE"
    assert clusters() == [("sparkify", 2)]
    formation.delete_stack(StackName="redshift-sparkify")
    assert clusters() == []
