"""
### Set up Redshift: the role for COPY, and a cluster

**What**: makes the IAM role under which Redshift reads the sources, creates a provisioned
cluster with it as the default role, waits until it is available, and says its endpoint and
what to put into Airflow's connections. It costs money from then on. The admin's password is
made and kept by AWS Secrets Manager; no run shows it.

**When**: by hand, once. Again, it brings the role up to date and leaves the cluster as it
is; what differs from the form is a warning in the log of `create_cluster`.

**Whom to ask**: the data-platform team.

**When it fails**: read the task's log. Access denied: the identity of `aws_default` lacks a
permission of docs/cluster.md. A role of another: choose another name. A paused cluster: run
`sparkify_redshift_lifecycle`. After that clear the failed task: nothing is made twice.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import DAG, Param

from sparkify.cluster import form
from sparkify.operators.copy_role import CreateCopyRoleOperator
from sparkify.operators.create_cluster import CreateClusterOperator
from sparkify.operators.report_cluster import ReportClusterOperator
from sparkify.tasks.defaults import TASK_DEFAULTS

with DAG(
    dag_id="sparkify_redshift_cluster",
    description="Create the role for COPY and a Redshift cluster that has it",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2018, 11, 1),
    catchup=False,
    max_active_runs=1,
    tags=["sparkify", "redshift", "setup"],
    params={
        "cluster_identifier": Param("sparkify", **form.CLUSTER_IDENTIFIER),
        "node_type": Param("ra3.large", **form.NODE_TYPE),
        "number_of_nodes": Param(1, **form.NUMBER_OF_NODES),
        "database": Param("dev", **form.DATABASE),
        "master_user": Param("awsuser", **form.MASTER_USER),
        "encrypted": Param(True, **form.ENCRYPTED),
        "publicly_accessible": Param(False, **form.PUBLICLY_ACCESSIBLE),
        "subnet_group": Param(None, **form.SUBNET_GROUP),
        "security_groups": Param(None, **form.SECURITY_GROUPS),
        "role_name": Param("sparkify-copy", **form.ROLE_NAME),
    },
    default_args=TASK_DEFAULTS,
):
    create_copy_role = CreateCopyRoleOperator(
        task_id="create_copy_role",
        role_name="{{ params.role_name }}",
        source_bucket="{{ var.value.get('sparkify_source_bucket', 'udacity-dend') }}",
        work_bucket="{{ var.value.get('sparkify_work_bucket', 'sparkify-work') }}",
    )
    create_cluster = CreateClusterOperator(
        task_id="create_cluster",
        cluster_identifier="{{ params.cluster_identifier }}",
        settings={
            "NodeType": "{{ params.node_type }}",
            "NumberOfNodes": "{{ params.number_of_nodes | int }}",  # JSON's 2.0 is an integer, too
            "DBName": "{{ params.database }}",
            "MasterUsername": "{{ params.master_user }}",
            "Encrypted": "{{ params.encrypted }}",
            "PubliclyAccessible": "{{ params.publicly_accessible }}",
            "ClusterSubnetGroupName": "{{ params.subnet_group }}",
            "VpcSecurityGroupIds": "{{ params.security_groups }}",
            "IamRoles": [create_copy_role.output],
            "DefaultIamRoleArn": create_copy_role.output,
        },
        # A number, a boolean and a list stay what they are; no text of the form reads as one.
        render_template_as_native_obj=True,
    )
    report_cluster = ReportClusterOperator(
        task_id="report_cluster",
        cluster_identifier="{{ params.cluster_identifier }}",
        role_arn=create_copy_role.output,
    )

    create_copy_role >> create_cluster >> report_cluster
