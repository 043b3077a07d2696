"""`python -m local.aws`: moto's server, with what it lacks to deploy a Redshift cluster as a stack.

Purpose: the DAGs `sparkify_redshift_cluster` and `sparkify_redshift_lifecycle` run on a laptop,
and in tests.

How: moto's CloudFormation creates a cluster under a name of its own, and cannot update or delete
it. `complete_moto` gives moto's cluster the missing methods.

What it does not do: wait (each change is complete at once), check the values of parameters, or
start a server behind a cluster's endpoint.
"""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any


def main() -> None:
    """Serve; the arguments are moto's."""
    from moto import server

    complete_moto()
    server.main()


@cache
def complete_moto() -> None:
    """Complete moto in this process."""
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
        asked = cloudformation_json["Properties"]
        return original_resource.redshift_backend.modify_cluster(
            cluster_identifier=new_resource_name,
            node_type=asked["NodeType"],
            cluster_type=asked["ClusterType"],
            number_of_nodes=asked.get("NumberOfNodes", 1),
            publicly_accessible=asked["PubliclyAccessible"],
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
