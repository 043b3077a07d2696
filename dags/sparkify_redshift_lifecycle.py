"""
### Pause, resume or delete the Redshift cluster

**What**: brings the cluster into the state that the form asks for, and waits for it. A paused
cluster keeps its data and only costs its storage. Deleting deletes the CloudFormation stack that
`sparkify_redshift_cluster` deployed, with the cluster and the IAM role. Redshift takes a final
snapshot first.

**When**: by hand. To delete, write the cluster's identifier a second time.

**Whom to ask**: the data-platform team, before deleting in any case.

**When it fails**: read the task's log. Not confirmed: nothing was done; trigger again. No such
cluster: check the identifier, and the region of `aws_default`. The stack is in a bad state:
CloudFormation's console says why. A failed task can be cleared: nothing is done twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.amazon.aws.operators.cloud_formation import (
    CloudFormationDeleteStackOperator,
)
from airflow.providers.amazon.aws.sensors.cloud_formation import CloudFormationDeleteStackSensor
from airflow.providers.standard.operators.python import BranchPythonOperator
from airflow.sdk import DAG, Param

from sparkify.cluster import stack
from sparkify.cluster.template import form
from sparkify.operators.cluster_state import PauseClusterOperator, ResumeClusterOperator
from sparkify.tasks.defaults import TASK_DEFAULTS

CLUSTER = "{{ params.ClusterIdentifier }}"
STACK = stack.stack_name(CLUSTER)
WAIT = {"wait_for_completion": True, "deferrable": True, "max_attempts": 60}

with DAG(
    dag_id="sparkify_redshift_lifecycle",
    description="Pause, resume or delete the Redshift cluster",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2018, 11, 1),
    catchup=False,
    max_active_runs=1,
    tags=["sparkify", "redshift", "setup"],
    params={
        "action": Param(
            type="string",
            enum=["pause", "resume", "delete"],
            title="Action",
            description="Must be chosen: none is harmless.",
        ),
        **{name: Param(**field) for name, field in form("ClusterIdentifier").items()},
        "confirm": Param(
            None,
            type=["null", "string"],
            title="To delete: the cluster again",
            description="The same identifier. Nothing is deleted without it.",
        ),
    },
    default_args=TASK_DEFAULTS,
):
    choose_action = BranchPythonOperator(
        task_id="choose_action",
        python_callable=stack.choose_action,
        op_kwargs={
            "action": "{{ params.action }}",
            "cluster_identifier": CLUSTER,
            "confirm": "{{ params.confirm or '' }}",
        },
    )
    pause_cluster = PauseClusterOperator(
        task_id="pause_cluster", cluster_identifier=CLUSTER, **WAIT
    )
    resume_cluster = ResumeClusterOperator(
        task_id="resume_cluster", cluster_identifier=CLUSTER, **WAIT
    )
    delete_stack = CloudFormationDeleteStackOperator(task_id="delete_stack", stack_name=STACK)
    wait_for_deletion = CloudFormationDeleteStackSensor(
        task_id="wait_for_deletion",
        stack_name=STACK,
        mode="reschedule",
        poke_interval=30,
        timeout=timedelta(hours=2).total_seconds(),
    )

    choose_action >> [pause_cluster, resume_cluster, delete_stack]
    delete_stack >> wait_for_deletion
