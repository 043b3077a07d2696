"""ReportClusterOperator: where a cluster is, and what to put into the connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import BaseOperator

from sparkify.cluster.clients import client_of
from sparkify.cluster.state import advice, describe
from sparkify.failures import LoadRefused
from sparkify.tasks.failing_fast import failing_fast


class ReportClusterOperator(BaseOperator):
    """Say a cluster's endpoint and its role for COPY, in the log and as the task's answer.

    :param cluster_identifier: the cluster.
    :param role_arn: its default role.
    :param aws_conn_id: the connection to AWS.
    """

    template_fields: Sequence[str] = ("cluster_identifier", "role_arn")
    ui_color = "#e0e0e0"

    def __init__(
        self,
        *,
        cluster_identifier: str,
        role_arn: Any,
        aws_conn_id: str = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cluster_identifier = cluster_identifier
        self.role_arn = role_arn
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Report.

        :returns: `endpoint`, `database`, `user`, `role_arn`, `secret_arn` (None where Secrets
            Manager has none), and `advice`, a text.
        """
        with failing_fast():
            cluster = describe(client_of(self.aws_conn_id, "redshift"), self.cluster_identifier)
            if cluster is None:
                raise LoadRefused(f"cluster {self.cluster_identifier} is gone again")
            told = advice(cluster, self.role_arn)
        endpoint = "{Address}:{Port}".format_map(cluster["Endpoint"])
        self.log.info("Cluster %s is at %s\n%s", self.cluster_identifier, endpoint, told)
        return {
            "endpoint": endpoint,
            "database": cluster["DBName"],
            "user": cluster["MasterUsername"],
            "role_arn": self.role_arn,
            "secret_arn": cluster.get("MasterPasswordSecretArn"),
            "advice": told,
        }
