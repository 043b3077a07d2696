"""Operators that make the role for COPY, and remove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import BaseOperator

from sparkify.cluster.clients import client_of
from sparkify.cluster.role import ensure_role, find_role, remove_role
from sparkify.cluster.state import clusters_with_role
from sparkify.loads.objects import check_bucket
from sparkify.tasks.failing_fast import failing_fast


class CreateCopyRoleOperator(BaseOperator):
    """Make the IAM role under which Redshift reads the sources, or bring it up to date.

    :param role_name: the role.
    :param source_bucket: what it may read.
    :param work_bucket: where it may read and write, below `sparkify/`.
    :param aws_conn_id: the connection to AWS.
    """

    template_fields: Sequence[str] = ("role_name", "source_bucket", "work_bucket")
    ui_color = "#c6d7f2"

    def __init__(
        self,
        *,
        role_name: str,
        source_bucket: str,
        work_bucket: str,
        aws_conn_id: str = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.role_name = role_name
        self.source_bucket = source_bucket
        self.work_bucket = work_bucket
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Mapping[str, Any]) -> str:  # noqa: ARG002 - Airflow's signature
        """Make the role; its ARN."""
        with failing_fast():
            return ensure_role(
                client_of(self.aws_conn_id, "iam"),
                self.role_name,
                source_bucket=check_bucket(self.source_bucket),
                work_bucket=check_bucket(self.work_bucket),
            )


class RemoveCopyRoleOperator(BaseOperator):
    """Remove the role that ``CreateCopyRoleOperator`` made, unless a cluster still has it.

    :param role_name: the role; empty skips the task.
    :param aws_conn_id: the connection to AWS.
    """

    template_fields: Sequence[str] = ("role_name",)
    ui_color = "#f2c6c6"

    def __init__(self, *, role_name: str, aws_conn_id: str = "aws_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.role_name = role_name
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Mapping[str, Any]) -> None:  # noqa: ARG002 - Airflow's signature
        """Remove the role.

        :raises AirflowSkipException: it shall stay, or has to.
        """
        from airflow.sdk.exceptions import AirflowSkipException

        if not self.role_name:
            raise AirflowSkipException("the role stays, as was asked")
        with failing_fast():
            iam = client_of(self.aws_conn_id, "iam")
            arn = find_role(iam, self.role_name)
            if arn is None:
                self.log.info("There is no role %s", self.role_name)
                return
            if used := clusters_with_role(client_of(self.aws_conn_id, "redshift"), arn):
                raise AirflowSkipException(f"{arn} stays: {', '.join(used)} has it, too")
            remove_role(iam, self.role_name)
        self.log.info("Role %s: removed", arn)
