"""The Amazon provider's operators that pause and resume a cluster, made safe to try again.

The provider's ask first, and so fail on a cluster that is paused, or resumed, already.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.amazon.aws.operators.redshift_cluster import (
    RedshiftPauseClusterOperator,
    RedshiftResumeClusterOperator,
)

from sparkify.tasks.failing_fast import failing_fast


class PauseClusterOperator(RedshiftPauseClusterOperator):
    """Pause a cluster, unless it is paused."""

    def execute(self, context: Any) -> None:
        """Pause it."""
        if _state(self) != "paused":
            super().execute(context)


class ResumeClusterOperator(RedshiftResumeClusterOperator):
    """Resume a cluster, unless it is available."""

    def execute(self, context: Any) -> None:
        """Resume it."""
        if _state(self) != "available":
            super().execute(context)


def _state(operator: Any) -> str:
    with failing_fast():
        state: str = operator.hook.cluster_status(operator.cluster_identifier)
        if state == "cluster_not_found":
            raise ValueError(
                f"cluster {operator.cluster_identifier} is not there. Check its identifier, and"
                " region_name of aws_default"
            )
    operator.log.info("Cluster %s is %s", operator.cluster_identifier, state)
    return state
