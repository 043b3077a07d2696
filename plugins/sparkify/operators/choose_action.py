"""ChooseActionOperator: which way a run goes, and whether it may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseBranchOperator
from airflow.sdk.exceptions import AirflowFailException


class ChooseActionOperator(BaseBranchOperator):
    """Go on with the task `<action>_cluster`; with `delete_cluster` only if it is confirmed.

    :param action: `pause`, `resume` or `delete`.
    :param cluster_identifier: the cluster.
    :param confirm: must be the same again to delete it.
    """

    template_fields: Sequence[str] = ("action", "cluster_identifier", "confirm")

    def __init__(
        self, *, action: str, cluster_identifier: str, confirm: str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.action = action
        self.cluster_identifier = cluster_identifier
        self.confirm = confirm

    def choose_branch(self, context: Any) -> str:  # noqa: ARG002 - Airflow's signature
        """The task to go on with.

        :raises AirflowFailException: a deletion is not confirmed.
        """
        if self.action == "delete" and self.confirm != self.cluster_identifier:
            raise AirflowFailException(
                f"cluster {self.cluster_identifier} is not deleted: the field confirm must hold"
                f" its identifier, and holds {self.confirm!r}"
            )
        return f"{self.action}_cluster"
