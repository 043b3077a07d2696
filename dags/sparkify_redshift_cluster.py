"""
### Set up Redshift: a cluster, and the role for COPY

**What**: deploys the CloudFormation template `include/cloudformation/redshift-provisioned.yaml`
as the stack `redshift-` and the cluster's identifier. The stack has the cluster, and the IAM
role under which it reads the sources. The log of `wait_for_stack` has the endpoint and what to
put into Airflow's connections. The cluster costs money from then on. AWS Secrets Manager makes
and keeps the admin's password; no run shows it.

**When**: by hand, once. Run it again to change the cluster: CloudFormation brings it and the
role to what the form and the template say. A field that is left empty stays as it is.

**Whom to ask**: the data-platform team.

**When it fails**: read the task's log. CloudFormation undoes a change that fails, and the log of
`wait_for_stack` has the reasons. Access denied: the identity of `aws_default` lacks a permission
of docs/cluster.md. A paused cluster cannot be changed: resume it by `sparkify_redshift_lifecycle`.
After that, trigger the DAG again: nothing is made twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG, Param

from sparkify.cluster import stack
from sparkify.cluster.template import form
from sparkify.tasks.defaults import SOURCE_BUCKET, TASK_DEFAULTS, WORK_BUCKET

FORM = form(
    "ClusterIdentifier",
    optional=(
        *("NodeType", "NumberOfNodes", "Database", "AdminUser"),
        *("PubliclyAccessible", "SubnetGroup", "SecurityGroups"),
    ),
)

with DAG(
    dag_id="sparkify_redshift_cluster",
    description="Deploy the stack of the Redshift cluster and its role for COPY",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2018, 11, 1),
    catchup=False,
    max_active_runs=1,
    tags=["sparkify", "redshift", "setup"],
    params={name: Param(**field) for name, field in FORM.items()},
    default_args=TASK_DEFAULTS,
):
    deploy_stack = PythonOperator(
        task_id="deploy_stack",
        python_callable=stack.deploy_stack,
        op_kwargs={
            "name": stack.stack_name("{{ params.ClusterIdentifier }}"),
            "parameters": {
                "SourceBucket": SOURCE_BUCKET,
                "WorkBucket": WORK_BUCKET,
                **{name: f"{{{{ params.{name} or '' }}}}" for name in FORM},
            },
        },
    )
    wait_for_stack = PythonSensor(
        task_id="wait_for_stack",
        python_callable=stack.stack_outputs,
        op_kwargs=deploy_stack.output,
        mode="reschedule",
        poke_interval=30,
        timeout=timedelta(hours=2).total_seconds(),
    )

    deploy_stack >> wait_for_stack
