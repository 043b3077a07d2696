"""CreateClusterOperator: a provisioned cluster whose password nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sparkify.cluster.state import describe, differences
from sparkify.operators.cluster_state import ClusterStateOperator

_RESUME = "run sparkify_redshift_lifecycle with the action resume"
_GONE_SOON = "wait until it is gone, and run this again"
_BROKEN = "look at it in the AWS console: it cannot become available by itself"


class CreateClusterOperator(ClusterStateOperator):
    """Create a cluster, and wait until it is available.

    One of this identifier that is there already is left as it is: what differs from what was
    asked for is a warning in the log. One that is being created is waited for.

    The admin's password is AWS Secrets Manager's: Redshift makes one up, keeps it as a secret
    of the cluster's own, and changes it every 30 days; Airflow never has it.

    :param settings: what to ask for, by the names of Redshift's CreateCluster; what is None or
        empty is Redshift's to choose. `NumberOfNodes` must be among them, and makes the type.
    """

    template_fields: Sequence[str] = ("cluster_identifier", "settings")
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
    trigger = "RedshiftCreateClusterTrigger"
    max_attempts = 120

    def __init__(self, *, settings: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings

    def bring_about(self, redshift: Any) -> None:
        cluster = describe(redshift, self.cluster_identifier)
        for difference in differences(cluster, self._asked()) if cluster else []:
            self.log.warning("Cluster %s stays: %s", self.cluster_identifier, difference)
        super().bring_about(redshift)

    def ask(self, redshift: Any) -> None:
        asked = self._asked()
        if asked["NumberOfNodes"] == 1:
            del asked["NumberOfNodes"]  # which the other type alone takes
            asked["ClusterType"] = "single-node"
        else:
            asked["ClusterType"] = "multi-node"
        redshift.create_cluster(
            ClusterIdentifier=self.cluster_identifier, ManageMasterPassword=True, **asked
        )

    def _asked(self) -> dict[str, Any]:
        return {name: value for name, value in self.settings.items() if value not in (None, "", [])}
