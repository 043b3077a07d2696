"""CreateClusterOperator: a provisioned cluster whose password nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from airflow.providers.amazon.aws.hooks.redshift_cluster import RedshiftHook
from airflow.providers.amazon.aws.operators.redshift_cluster import RedshiftCreateClusterOperator
from airflow.providers.amazon.aws.triggers.redshift_cluster import RedshiftCreateClusterTrigger

from sparkify.cluster import describe, differences
from sparkify.failures import failing_fast
from sparkify.operators.cluster_state import TowardsState

_RESUME = "run sparkify_redshift_lifecycle with the action resume"
_GONE_SOON = "wait until it is gone, and run this again"
_BROKEN = "look at it in the AWS console: it cannot become available by itself"


class ManagedPasswordHook(RedshiftHook):
    """Leaves the admin's password to AWS Secrets Manager.

    The provider's operator has no parameter for `ManageMasterPassword` and passes a password
    always, as a template field, which the UI shows. Here Redshift makes one up, keeps it as a
    secret of the cluster's own, and changes it every 30 days; Airflow never has it.
    """

    def create_cluster(
        self,
        cluster_identifier: str,
        node_type: str,
        master_username: str,
        master_user_password: str,  # noqa: ARG002 - the hook's signature; it is empty
        params: dict[str, Any],
    ) -> dict[str, Any]:
        """Create the cluster; Redshift's description of it."""
        # Left out by the provider where it is false, and true without a word: say it.
        params.setdefault("Encrypted", False)
        answer: dict[str, Any] = self.conn.create_cluster(
            ClusterIdentifier=cluster_identifier,
            NodeType=node_type,
            MasterUsername=master_username,
            ManageMasterPassword=True,
            **params,
        )
        return answer


class CreateClusterOperator(TowardsState, RedshiftCreateClusterOperator):
    """Create a cluster, and wait until it is available.

    One of this identifier that is there already is left as it is: what differs from what was
    asked for is a warning in the log. One that is being created is waited for.
    """

    # Those that the form has a say in. The provider has more: among them the password, and
    # the version "1.0", which would be rendered into a number.
    template_fields: Sequence[str] = (
        *("cluster_identifier", "cluster_type", "node_type", "number_of_nodes", "db_name"),
        *("master_username", "encrypted", "publicly_accessible", "iam_roles"),
        *("cluster_subnet_group_name", "vpc_security_group_ids", "default_iam_role_arn"),
    )
    aws_hook_class = ManagedPasswordHook
    goal = "available"
    on_the_way = frozenset(
        {"creating", "modifying", "rebooting", "renaming", "resizing", "resuming"}
        | {"rotating-keys", "updating-hsm", "available, prep-for-resize"}
    )
    impossible: ClassVar[Mapping[str, str]] = {
        "paused": _RESUME,
        "pausing": _RESUME,
        "deleting": _GONE_SOON,
        "final-snapshot": _GONE_SOON,
        **dict.fromkeys(("hardware-failure", "incompatible-hsm", "storage-full"), _BROKEN),
        **dict.fromkeys((f"incompatible-{of}" for of in ("network", "parameters")), _BROKEN),
    }
    trigger = RedshiftCreateClusterTrigger

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            master_user_password="", deferrable=True, poll_interval=30, max_attempt=120, **kwargs
        )
        self.max_attempts = self.max_attempt

    def execute(self, context: Any) -> None:
        """Create it; see ``TowardsState``."""
        with failing_fast():
            cluster = describe(self.hook.conn, self.cluster_identifier)
        for difference in differences(cluster, self._asked()) if cluster else []:
            self.log.warning("Cluster %s stays: %s", self.cluster_identifier, difference)
        super().execute(context)

    def _asked(self) -> dict[str, Any]:
        return {
            "NodeType": self.node_type,
            "NumberOfNodes": self.number_of_nodes,
            "DBName": self.db_name,
            "MasterUsername": self.master_username,
            "Encrypted": self.encrypted,
            "PubliclyAccessible": self.publicly_accessible,
            "ClusterSubnetGroupName": self.cluster_subnet_group_name,
            "VpcSecurityGroups": self.vpc_security_group_ids,
            "IamRoles": self.iam_roles,
            "DefaultIamRoleArn": self.default_iam_role_arn,
        }
