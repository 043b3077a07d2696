"""Operators that bring a cluster into a state, each of which can be tried again.

They look before they ask: what is so already stays, and what is on its way is waited for. (The
Amazon provider's operators ask first, so that a second try fails on a cluster that is `pausing`,
`paused`, `deleting` or gone.) Its triggers do the waiting, so that no worker is held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from airflow.sdk import BaseOperator

from sparkify.cluster.clients import client_of
from sparkify.cluster.state import describe
from sparkify.failures import Busy, LoadRefused
from sparkify.tasks.failing_fast import failing_fast

ABSENT = "not there"


class ClusterStateOperator(BaseOperator):
    """Ask for a change of a cluster, unless it is made or on its way, and wait for it.

    `goal` is the state to reach, `on_the_way` are those that lead to it by themselves, and
    `impossible` those that never will, each with what to do about it.

    :param cluster_identifier: the cluster.
    :param aws_conn_id: the connection to AWS.
    """

    template_fields: Sequence[str] = ("cluster_identifier",)
    goal: ClassVar[str]
    on_the_way: ClassVar[frozenset[str]]
    impossible: ClassVar[Mapping[str, str]] = {}
    trigger: ClassVar[str]  # of the provider's, by name
    poll_interval = 30  # seconds
    max_attempts = 60

    def __init__(
        self, *, cluster_identifier: str, aws_conn_id: str = "aws_default", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.cluster_identifier = cluster_identifier
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Any) -> None:  # noqa: ARG002 - Airflow's signature
        """Ask for the change, if need be, and wait for it; first for what else is going on.

        :raises AirflowFailException: the cluster cannot get there.
        """
        with failing_fast():
            redshift = client_of(self.aws_conn_id, "redshift")
            try:
                self.bring_about(redshift)
            except redshift.exceptions.InvalidClusterStateFault:
                self.log.info("Cluster %s is busy: waiting", self.cluster_identifier)
                self._wait("RedshiftClusterSettledTrigger", then="execute_settled")

    def execute_settled(self, context: Any, event: Any) -> None:  # noqa: ARG002
        """Ask once more.

        :raises Busy: Redshift says no again, as it may some moments after it says `available`.
        """
        with failing_fast():
            redshift = client_of(self.aws_conn_id, "redshift")
            try:
                self.bring_about(redshift)
            except redshift.exceptions.InvalidClusterStateFault as error:
                raise Busy(str(error)) from error

    def execute_complete(self, context: Any, event: Any) -> None:  # noqa: ARG002
        """The wait is over; a trigger that fails does not come here."""
        self.log.info("Cluster %s is %s", self.cluster_identifier, self._goal_in_words())

    def bring_about(self, redshift: Any) -> None:
        """Look, ask, and wait."""
        cluster = describe(redshift, self.cluster_identifier)
        state = cluster["ClusterStatus"] if cluster else ABSENT
        if state in self.impossible:
            raise LoadRefused(
                f"cluster {self.cluster_identifier} is {state}: {self.impossible[state]}"
            )
        if state == self.goal:
            self.log.info(
                "Cluster %s is %s already", self.cluster_identifier, self._goal_in_words()
            )
            return
        if state in self.on_the_way:
            self.log.info("Cluster %s is %s: waiting", self.cluster_identifier, state)
        else:
            self.ask(redshift)
            self.log.info(
                "Cluster %s was %s: asked for the change, waiting until it is %s",
                self.cluster_identifier,
                state,
                self._goal_in_words(),
            )
        self._wait(self.trigger, then="execute_complete")

    def ask(self, redshift: Any) -> None:
        """Ask for the change."""
        raise NotImplementedError

    def _goal_in_words(self) -> str:
        return "gone" if self.goal == ABSENT else self.goal

    def _wait(self, trigger: str, *, then: str) -> None:
        from airflow.providers.amazon.aws.triggers import redshift_cluster

        self.defer(
            trigger=getattr(redshift_cluster, trigger)(
                cluster_identifier=self.cluster_identifier,
                waiter_delay=self.poll_interval,
                waiter_max_attempts=self.max_attempts,
                aws_conn_id=self.aws_conn_id,
            ),
            method_name=then,
            timeout=timedelta(seconds=self.max_attempts * self.poll_interval + 60),
        )


_NOT_THERE = "look at its identifier, and at region_name of the AWS connection"
_GOING = "it cannot be kept; its final snapshot, if one was asked for, can be restored"


class PauseClusterOperator(ClusterStateOperator):
    """Pause a cluster, and wait until it is paused."""

    goal = "paused"
    on_the_way = frozenset({"pausing"})
    impossible: ClassVar[Mapping[str, str]] = {
        ABSENT: _NOT_THERE,
        "deleting": _GOING,
        "final-snapshot": _GOING,
    }
    trigger = "RedshiftPauseClusterTrigger"

    def ask(self, redshift: Any) -> None:
        redshift.pause_cluster(ClusterIdentifier=self.cluster_identifier)


class ResumeClusterOperator(ClusterStateOperator):
    """Resume a paused cluster, and wait until it is available."""

    goal = "available"
    on_the_way = frozenset({"resuming"})
    impossible: ClassVar[Mapping[str, str]] = PauseClusterOperator.impossible
    trigger = "RedshiftResumeClusterTrigger"

    def ask(self, redshift: Any) -> None:
        redshift.resume_cluster(ClusterIdentifier=self.cluster_identifier)


class DeleteClusterOperator(ClusterStateOperator):
    """Delete a cluster, and wait until it is gone.

    :param final_snapshot: the name of the snapshot that is taken first; empty takes none.
    """

    template_fields: Sequence[str] = ("cluster_identifier", "final_snapshot")
    goal = ABSENT
    on_the_way = frozenset({"deleting", "final-snapshot"})
    trigger = "RedshiftDeleteClusterTrigger"
    max_attempts = 120

    def __init__(self, *, final_snapshot: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.final_snapshot = final_snapshot

    def ask(self, redshift: Any) -> None:
        name = {"FinalClusterSnapshotIdentifier": self.final_snapshot}
        redshift.delete_cluster(
            ClusterIdentifier=self.cluster_identifier,
            SkipFinalClusterSnapshot=not self.final_snapshot,
            **(name if self.final_snapshot else {}),
        )
