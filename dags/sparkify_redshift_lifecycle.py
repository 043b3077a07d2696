"""
### Pause, resume or delete the Redshift cluster

**What**: brings the cluster into the state that the form asks for, and waits for it. A paused
cluster keeps its data and costs its storage alone. Deleting takes a final snapshot first,
unless the form says otherwise, and removes the IAM role that `sparkify_redshift_cluster`
made.

**When**: by hand. To delete, the cluster's identifier must be written a second time.

**Whom to ask**: the data-platform team, before deleting in any case.

**When it fails**: read the task's log. Not confirmed: nothing was done; trigger again. No
such cluster: look at the identifier, and at the region of `aws_default`. A cluster that is
busy is waited for. A failed task can be cleared: what has been done is not done twice.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import DAG, Param

from sparkify.cluster import form
from sparkify.operators.choose_action import ChooseActionOperator
from sparkify.operators.cluster_state import (
    DeleteClusterOperator,
    PauseClusterOperator,
    ResumeClusterOperator,
)
from sparkify.operators.copy_role import RemoveCopyRoleOperator
from sparkify.tasks.defaults import TASK_DEFAULTS

CLUSTER = "{{ params.cluster_identifier }}"

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
        "cluster_identifier": Param("sparkify", **form.CLUSTER_IDENTIFIER),
        "confirm": Param(
            None,
            type=["null", "string"],
            title="To delete: the cluster again",
            description="The same identifier. Nothing is deleted without.",
        ),
        "skip_final_snapshot": Param(
            False,
            type="boolean",
            title="To delete: without a final snapshot",
            description="The data is gone then.",
        ),
        "remove_role": Param(True, type="boolean", title="To delete: remove the IAM role, too"),
        "role_name": Param("sparkify-copy", **form.ROLE_NAME),
    },
    default_args=TASK_DEFAULTS,
):
    choose_action = ChooseActionOperator(
        task_id="choose_action",
        action="{{ params.action }}",
        cluster_identifier=CLUSTER,
        confirm="{{ params.confirm or '' }}",
    )
    pause_cluster = PauseClusterOperator(task_id="pause_cluster", cluster_identifier=CLUSTER)
    resume_cluster = ResumeClusterOperator(task_id="resume_cluster", cluster_identifier=CLUSTER)
    delete_cluster = DeleteClusterOperator(
        task_id="delete_cluster",
        cluster_identifier=CLUSTER,
        final_snapshot="{{ '' if params.skip_final_snapshot else params.cluster_identifier"
        " ~ dag_run.run_after.strftime('-final-%Y-%m-%d-%H-%M-%S') }}",
    )
    remove_copy_role = RemoveCopyRoleOperator(
        task_id="remove_copy_role",
        role_name="{{ params.role_name if params.remove_role else '' }}",
    )

    choose_action >> [pause_cluster, resume_cluster, delete_cluster]
    delete_cluster >> remove_copy_role
