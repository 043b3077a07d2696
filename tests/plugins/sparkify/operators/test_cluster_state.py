"""A cluster that takes no order for the moment; whole runs are in tests/dags."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from airflow.providers.amazon.aws.triggers import redshift_cluster as triggers
from airflow.sdk.exceptions import TaskDeferred

from sparkify.failures import Busy
from sparkify.operators.cluster_state import PauseClusterOperator
from tests.aws import aws_client, aws_connection, server_side


@pytest.fixture
def cluster(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a cluster that is available; Airflow's connection finds it."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(s3_endpoint))
    name = f"c{uuid.uuid4().hex[:10]}"
    aws_client("redshift", s3_endpoint).create_cluster(
        ClusterIdentifier=name,
        NodeType="ra3.large",
        ClusterType="single-node",
        MasterUsername="awsuser",
        ManageMasterPassword=True,
    )
    return name


@pytest.fixture
def refused_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next order to pause is refused, though the cluster says that it is `available`."""
    from moto.redshift.exceptions import RedshiftClientError
    from moto.redshift.models import RedshiftBackend

    pause = RedshiftBackend.pause_cluster
    refusals = iter([RedshiftClientError("InvalidClusterState", "not now")])

    def answer(self: Any, cluster_id: str) -> Any:
        if error := next(refusals, None):
            raise error
        return pause(self, cluster_id)

    monkeypatch.setattr(RedshiftBackend, "pause_cluster", answer)


def test_what_else_is_going_on_is_waited_for_before_it_is_asked_again(cluster, refused_once):
    pause = PauseClusterOperator(task_id="pause", cluster_identifier=cluster)
    with pytest.raises(TaskDeferred) as busy:
        pause.execute({})
    assert isinstance(busy.value.trigger, triggers.RedshiftClusterSettledTrigger)
    assert server_side(cluster).status == "available"
    with pytest.raises(TaskDeferred) as pausing:
        getattr(pause, busy.value.method_name)({}, {"status": "success"})
    assert isinstance(pausing.value.trigger, triggers.RedshiftPauseClusterTrigger)
    assert server_side(cluster).status == "paused"


def test_a_cluster_that_has_settled_and_takes_no_order_is_left_to_the_next_try(
    cluster, refused_once
):
    pause = PauseClusterOperator(task_id="pause", cluster_identifier=cluster)
    with pytest.raises(Busy, match="not now"):
        pause.execute_settled({}, {"status": "success"})
