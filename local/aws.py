"""`python -m local.aws`: moto's server, able to deploy a Redshift cluster as a stack.

Purpose: the DAGs `sparkify_redshift_cluster` and `sparkify_redshift_lifecycle` run on a laptop,
and in tests.

How: moto's CloudFormation ignores a cluster's name, and cannot update or delete a cluster.
`complete_moto` adds these methods to moto.

Limits: each change completes at once, parameter values are not checked, and no server runs at a
cluster's endpoint.
"""

from __future__ import annotations

import sys
import uuid
from functools import cache
from typing import Any


def server_command(port: int) -> list[str]:
    """The command that runs the server. It is ready when its port accepts connections."""
    return [sys.executable, "-m", "local.aws", "--host", "127.0.0.1", "--port", str(port)]


def main() -> None:
    """Run the server. It takes moto's command-line arguments."""
    from moto import server

    complete_moto()
    server.main()


@cache
def complete_moto() -> None:
    """Add the missing methods to moto's classes, in this process."""
    from moto.cloudformation.models import Stack
    from moto.redshift.models import Cluster, redshift_backends

    create, attribute = Cluster.create_from_cloudformation_json, Cluster.get_cfn_attribute

    def create_from_json(name: str, json: Any, *where: str, **more: Any) -> Any:
        cluster = create(name, json, *where, **more)
        cluster.iam_roles_arn = json["Properties"]["IamRoles"]
        return cluster

    def update_from_json(
        original_resource: Any, new_resource_name: str, cloudformation_json: Any, **_: Any
    ) -> Any:
        properties = cloudformation_json["Properties"]
        return original_resource.redshift_backend.modify_cluster(
            cluster_identifier=new_resource_name,
            node_type=properties["NodeType"],
            cluster_type=properties["ClusterType"],
            number_of_nodes=properties.get("NumberOfNodes", 1),
            publicly_accessible=properties["PubliclyAccessible"],
        )

    def delete_from_json(name: str, json: Any, account: str, region: str) -> None:
        snapshot = json.get("DeletionPolicy") == "Snapshot"
        redshift_backends[account][region].delete_cluster(
            cluster_identifier=name,
            skip_final_snapshot=not snapshot,
            final_cluster_snapshot_identifier=f"{name}-{uuid.uuid4().hex[:12]}",
        )

    def get_attribute(cluster: Any, name: str) -> Any:
        if name == "Endpoint.Address":
            return cluster.address
        if name == "MasterPasswordSecretArn":
            secret = f"redshift!{cluster.cluster_identifier}-{cluster.master_username}"
            where = f"{cluster.region}:{cluster.account_id}"
            return f"arn:aws:secretsmanager:{where}:secret:{secret}-AbCdEf"
        return attribute(cluster, name)

    methods = {
        "cloudformation_name_type": staticmethod(lambda: "ClusterIdentifier"),
        "create_from_cloudformation_json": staticmethod(create_from_json),
        "update_from_cloudformation_json": staticmethod(update_from_json),
        "delete_from_cloudformation_json": staticmethod(delete_from_json),
        "has_cfn_attr": staticmethod(lambda _: True),
        "get_cfn_attribute": get_attribute,
        "physical_resource_id": property(lambda cluster: cluster.cluster_identifier),
    }
    for name, method in methods.items():
        setattr(Cluster, name, method)
    # CloudFormation compares and reports parameters as text.
    as_text = property(
        lambda stack: {
            name: str(value) for name, value in stack.resource_map.resolved_parameters.items()
        }
    )
    setattr(Stack, "stack_parameters", as_text)  # noqa: B010 - mypy refuses the assignment


if __name__ == "__main__":
    main()
