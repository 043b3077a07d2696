"""A provisioned cluster as Redshift describes it: what it is, and how to connect to it.

Takes a boto3 client of Redshift; nothing of Airflow is imported here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def describe(redshift: Any, identifier: str) -> dict[str, Any] | None:
    """The cluster; None where there is none."""
    try:
        found: dict[str, Any] = redshift.describe_clusters(ClusterIdentifier=identifier)
    except redshift.exceptions.ClusterNotFoundFault:
        return None
    cluster: dict[str, Any] = found["Clusters"][0]
    return cluster


def differences(cluster: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """What is otherwise than `asked`, a line each.

    :param asked: by the names of Redshift's CreateCluster. What is None was not asked for.
    """
    told = {
        **cluster,
        "IamRoles": [role["IamRoleArn"] for role in cluster.get("IamRoles", ())],
        "VpcSecurityGroupIds": [
            group["VpcSecurityGroupId"] for group in cluster.get("VpcSecurityGroups", ())
        ],
    }
    return [
        f"{name} is {told.get(name)!r}, not {value!r}"
        for name, value in asked.items()
        if value is not None and not _fits(told.get(name), value)
    ]


def _fits(found: Any, asked: Any) -> bool:
    return set(asked) <= set(found) if isinstance(asked, list) else bool(found == asked)


def clusters_with_role(redshift: Any, role_arn: str) -> list[str]:
    """The identifiers of the clusters that a role is attached to."""
    pages = redshift.get_paginator("describe_clusters").paginate()
    return [
        cluster["ClusterIdentifier"]
        for page in pages
        for cluster in page["Clusters"]
        if role_arn in [role["IamRoleArn"] for role in cluster.get("IamRoles", ())]
    ]


def connection(cluster: Mapping[str, Any]) -> dict[str, Any]:
    """The Airflow connection to the cluster, as JSON of a `redshift_default`.

    By IAM, so that it holds no password: a temporary one is asked for under the AWS connection.
    """
    return {
        "conn_type": "redshift",
        "host": cluster["Endpoint"]["Address"],
        "port": cluster["Endpoint"]["Port"],
        "login": cluster["MasterUsername"],
        "schema": cluster["DBName"],
        "extra": {"iam": True, "cluster_identifier": cluster["ClusterIdentifier"]},
    }


def advice(cluster: Mapping[str, Any], role_arn: str) -> str:
    """What to put into Airflow's connections; it has no secret in it."""
    identifier, user = cluster["ClusterIdentifier"], cluster["MasterUsername"]
    secret = cluster.get("MasterPasswordSecretArn") or f"redshift!{identifier}-{user}"
    told = json.dumps(connection(cluster))
    return (
        "Put into Airflow, for a temporary password at each connect:\n"
        f"  AIRFLOW_CONN_REDSHIFT_DEFAULT='{told}'\n"
        f"The role for COPY, {role_arn}, is the cluster's default; aws_default need not name it.\n"
        f"The password of {user} is in AWS Secrets Manager, as {secret}. Redshift changes it"
        " every 30 days: do not copy it into a connection."
    )
