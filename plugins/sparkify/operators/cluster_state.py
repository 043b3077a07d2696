"""Operators that bring a cluster into a state: the provider's, so that each can be tried again.

The provider's operators ask for the change first and look afterwards, so that a second try
fails on a cluster that is `pausing`, `paused`, `deleting` or gone already. These look first.
They import the provider, so they are not among what `sparkify.operators` exports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from airflow.providers.amazon.aws.operators.redshift_cluster import (
    RedshiftDeleteClusterOperator,
    RedshiftPauseClusterOperator,
    RedshiftResumeClusterOperator,
)
from airflow.providers.amazon.aws.triggers.redshift_cluster import (
    RedshiftDeleteClusterTrigger,
    RedshiftPauseClusterTrigger,
    RedshiftResumeClusterTrigger,
)
from airflow.sdk.exceptions import AirflowFailException

from sparkify.failures import failing_fast

ABSENT = "cluster_not_found"  # what the provider's hook calls it


class TowardsState:
    """Goes before one of the provider's operators: nothing is done twice.

    `goal` is the state to reach, `on_the_way` are those that lead to it by themselves, and
    `impossible` those that never will, each with what to do about it.
    """

    goal: ClassVar[str]
    on_the_way: ClassVar[frozenset[str]]
    impossible: ClassVar[Mapping[str, str]] = {}
    trigger: ClassVar[Any]
    poll_interval: int
    max_attempts: int

    def execute(self: Any, context: Any) -> None:
        """Ask for the change, if need be, and wait for it in the triggerer."""
        with failing_fast():
            state = self.hook.cluster_status(cluster_identifier=self.cluster_identifier)
            if state in self.impossible:
                told = "is not there" if state == ABSENT else f"is {state}"
                raise AirflowFailException(
                    f"cluster {self.cluster_identifier} {told}: {self.impossible[state]}"
                )
            if state == self.goal:
                told = "gone" if state == ABSENT else state
                self.log.info("Cluster %s is %s already", self.cluster_identifier, told)
            elif state in self.on_the_way:
                self.log.info("Cluster %s is %s: waiting", self.cluster_identifier, state)
                self._wait()
            else:
                super().execute(context)  # type: ignore[misc]  # the provider's

    def _wait(self: Any) -> None:
        self.defer(
            trigger=self.trigger(
                cluster_identifier=self.cluster_identifier,
                waiter_delay=self.poll_interval,
                waiter_max_attempts=self.max_attempts,
                aws_conn_id=self.aws_conn_id,
                region_name=self.region_name,
                verify=self.verify,
                botocore_config=self.botocore_config,
            ),
            method_name="execute_complete",
            timeout=timedelta(seconds=self.max_attempts * self.poll_interval + 60),
        )


_NOT_THERE = "look at its identifier, and at region_name of the AWS connection"
_GOING = "it cannot be kept; its final snapshot, if one was asked for, can be restored"


class PauseClusterOperator(TowardsState, RedshiftPauseClusterOperator):
    """Pause a cluster, and wait until it is paused."""

    goal = "paused"
    on_the_way = frozenset({"pausing"})
    impossible: ClassVar[Mapping[str, str]] = {
        ABSENT: _NOT_THERE,
        "deleting": _GOING,
        "final-snapshot": _GOING,
    }
    trigger = RedshiftPauseClusterTrigger

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(wait_for_completion=True, deferrable=True, max_attempts=60, **kwargs)


class ResumeClusterOperator(TowardsState, RedshiftResumeClusterOperator):
    """Resume a paused cluster, and wait until it is available."""

    goal = "available"
    on_the_way = frozenset({"resuming"})
    impossible: ClassVar[Mapping[str, str]] = PauseClusterOperator.impossible
    trigger = RedshiftResumeClusterTrigger

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(wait_for_completion=True, deferrable=True, max_attempts=60, **kwargs)


class DeleteClusterOperator(TowardsState, RedshiftDeleteClusterOperator):
    """Delete a cluster, and wait until it is gone.

    :param final_snapshot: the name of the snapshot that is taken first; empty takes none.
    """

    template_fields: Sequence[str] = ("cluster_identifier", "final_snapshot")
    goal = ABSENT
    on_the_way = frozenset({"deleting", "final-snapshot"})
    trigger = RedshiftDeleteClusterTrigger

    def __init__(self, *, final_snapshot: str, **kwargs: Any) -> None:
        super().__init__(deferrable=True, max_attempts=120, **kwargs)
        self.final_snapshot = final_snapshot

    def execute(self, context: Any) -> None:
        """Delete it; see ``TowardsState``."""
        self._name_snapshot()
        super().execute(context)

    def _retry_delete_when_settled(self, context: Any, event: dict[str, Any] | None = None) -> None:
        self._name_snapshot()
        super()._retry_delete_when_settled(context, event)

    def _name_snapshot(self) -> None:
        """Rendered by now: tell the provider's operator, which has no templates for it."""
        self.final_cluster_snapshot_identifier = self.final_snapshot
        self.skip_final_cluster_snapshot = not self.final_snapshot
