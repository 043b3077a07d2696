"""What Redshift says of a cluster, and the connection that is made of it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from sparkify.cluster.state import advice, clusters_with_role, connection, describe, differences
from sparkify.warehouse.connections import connector_of
from tests.aws import aws_client, aws_connection

ROLE = "arn:aws:iam::123456789012:role/copy"


@pytest.fixture
def redshift(s3_endpoint: str) -> Any:
    return aws_client("redshift", s3_endpoint)


@pytest.fixture
def cluster(redshift: Any) -> Any:
    name = f"c-{uuid.uuid4().hex[:12]}"
    redshift.create_cluster(
        ClusterIdentifier=name,
        NodeType="ra3.large",
        ClusterType="single-node",
        MasterUsername="awsuser",
        ManageMasterPassword=True,
        DBName="dev",
        IamRoles=[ROLE],
    )
    return describe(redshift, name)


def test_a_cluster_that_is_not_there_is_none(redshift):
    assert describe(redshift, "nowhere") is None


def test_what_is_otherwise_than_asked_is_told_and_what_was_not_asked_for_is_not(cluster):
    asked = {"NodeType": "ra3.large", "NumberOfNodes": 4, "DBName": None, "IamRoles": [ROLE]}
    assert differences(cluster, asked) == ["NumberOfNodes is 1, not 4"]
    assert differences(cluster, {"IamRoles": ["arn:other"]}) == [
        f"IamRoles is ['{ROLE}'], not ['arn:other']"
    ]


def test_the_clusters_with_a_role_are_found(redshift, cluster):
    assert cluster["ClusterIdentifier"] in clusters_with_role(redshift, ROLE)
    assert clusters_with_role(redshift, "arn:other") == []


def test_the_connection_that_is_told_gets_a_temporary_password(cluster, s3_endpoint, monkeypatch):
    """As far as it goes without a cluster to reach: the driver's socket stands in."""
    import redshift_connector

    told = connection(cluster)
    assert f"'{json.dumps(told)}'" in advice(cluster, ROLE)
    assert "password" not in json.dumps(told)
    monkeypatch.setenv("AIRFLOW_CONN_REDSHIFT_DEFAULT", json.dumps(told))
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(s3_endpoint))
    reached: dict[str, Any] = {}

    class Reached(Exception):
        pass

    def connect(**arguments: Any) -> Any:
        reached.update(arguments)
        raise Reached

    monkeypatch.setattr(redshift_connector, "Connection", connect)
    with pytest.raises(Reached):
        connector_of("redshift_default").open()
    assert (reached["host"], reached["port"]) == (told["host"], 5439)
    assert reached["user"] == "IAM:awsuser"
    assert len(reached["password"]) > 8
    assert (reached["ssl"], reached["sslmode"]) == (True, "verify-full")
