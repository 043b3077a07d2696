"""Creates, changes and deletes a Redshift cluster with whole runs of both DAGs in Airflow.

The server is moto, completed by ``local.aws``. It does not support managed passwords, the rollback
of a change (a test sets the resulting state), updates of a role's policy, and checks of parameters.
tests/include/test_cloudformation.py checks those in the template, and cfn-lint checks the template
against AWS's schemas.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.aws import complete_moto
from local.s3 import REGION
from sparkify.cluster.stack import deploy_stack, stack_name
from sparkify.failures import Busy
from sparkify.warehouse.connections import connector_of
from tests.support.aws import ACCOUNT, aws_client, aws_connection, server_side_stack
from tests.support.runs import ROOT
from tests.support.templates import role_policy

CLUSTER_DAG, LIFECYCLE_DAG = "sparkify_redshift_cluster", "sparkify_redshift_lifecycle"
KEY, SECRET = "AKIACANARYOFCLUSTER7", "canary/of+the=cluster/secret/9d41"


@pytest.fixture(scope="module")
def database() -> None:
    """Airflow's own database, for the runs."""
    from airflow.utils.db import initdb

    initdb()


def read(dag_id: str) -> Any:
    """The DAG, with short waits.

    It is parsed for each run, since a DAG keeps the form of its last run, and an operator's log
    goes to the standard output of its first message.
    """
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(str(ROOT / "dags" / f"{dag_id}.py")).dags[dag_id]
    for task in dag.tasks:
        for wait in ("poll_interval", "poke_interval", "_attempt_interval"):
            if hasattr(task, wait):
                setattr(task, wait, 1)
    return dag


@dataclass(frozen=True)
class Run:
    """The result of a run: the states and tries of its tasks, and all output."""

    state: str
    tasks: dict[str, str]
    tries: dict[str, int]
    output: str
    outputs: dict[str, str] | None


@dataclass(frozen=True)
class Aws:
    formation: Any
    iam: Any
    redshift: Any

    def cluster(self, name: str) -> dict[str, Any] | None:
        clusters = self.redshift.describe_clusters()["Clusters"]
        return next((one for one in clusters if one["ClusterIdentifier"] == name), None)

    def stack(self, cluster: str) -> dict[str, Any] | None:
        stacks = self.formation.describe_stacks()["Stacks"]
        return next((one for one in stacks if one["StackName"] == stack_name(cluster)), None)

    def roles(self, cluster: str) -> list[str]:
        roles = [role["RoleName"] for role in self.iam.list_roles()["Roles"]]
        return [name for name in roles if name.startswith(stack_name(cluster))]


@pytest.fixture
def aws(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The server, with Airflow's connection and variables for it."""
    complete_moto()
    monkeypatch.setenv(
        "AIRFLOW_CONN_AWS_DEFAULT", aws_connection(s3_endpoint, key=KEY, secret=SECRET)
    )
    monkeypatch.setenv("AIRFLOW_VAR_SPARKIFY_SOURCE_BUCKET", "the-source")
    monkeypatch.setenv("AIRFLOW_VAR_SPARKIFY_WORK_BUCKET", "the-work")
    return Aws(*(aws_client(name, s3_endpoint) for name in ("cloudformation", "iam", "redshift")))


@pytest.fixture
def name() -> str:
    """A cluster identifier for this test."""
    return f"c{uuid.uuid4().hex[:10]}"


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """Log messages, unmasked, even if the log handlers change during a task."""
    messages: list[str] = []
    make = logging.getLogRecordFactory()

    def listen(*arguments: Any, **named: Any) -> logging.LogRecord:
        record = make(*arguments, **named)
        messages.append(record.getMessage())
        return record

    logging.setLogRecordFactory(listen)
    yield messages
    logging.setLogRecordFactory(make)


@pytest.fixture
def run(database: None, aws: Aws, name: str, capfd: Any, heard: list[str]) -> Callable[..., Run]:
    """Run a DAG to its end, including its waits."""

    def run(dag_id: str, **form: Any) -> Run:
        capfd.readouterr()
        heard.clear()
        ended = read(dag_id).test(run_conf={"ClusterIdentifier": name, **form})
        instances = {one.task_id: one for one in ended.get_task_instances()}
        waiting = instances.get("wait_for_stack")
        return Run(
            str(ended.state),
            {task: str(one.state) for task, one in instances.items()},
            {task: one.try_number for task, one in instances.items()},
            "\n".join([*heard, *capfd.readouterr()]),
            waiting and waiting.xcom_pull(task_ids="wait_for_stack"),
        )

    return run


@pytest.fixture
def created(run: Any, name: str) -> str:
    """The identifier of a cluster that the DAG has created."""
    assert run(CLUSTER_DAG).state == "success"
    return name


def test_a_run_makes_stack_cluster_and_role_and_says_how_to_connect(run, aws, name):
    ended = run(CLUSTER_DAG)
    assert set(ended.tasks.values()) == {"success"}
    assert aws.stack(name)["StackStatus"] == "CREATE_COMPLETE"
    cluster = aws.cluster(name)
    assert (cluster["Encrypted"], cluster["PubliclyAccessible"]) == (True, False)
    assert (cluster["NodeType"], cluster["NumberOfNodes"]) == ("ra3.large", 1)
    (role,) = aws.roles(name)
    (attached,) = [one["IamRoleArn"] for one in cluster["IamRoles"]]
    assert attached.endswith(f":role/{role}")
    policy = aws.iam.get_role_policy(RoleName=role, PolicyName="sparkify-copy")
    # moto stores the template's values as Python prints them.
    assert policy["PolicyDocument"] == str(role_policy("the-source", "the-work"))
    assert set(ended.outputs) == {"Connection", "CopyRoleArn", "AdminSecretArn"}
    assert ended.outputs["CopyRoleArn"] == attached
    assert ended.outputs["AdminSecretArn"].startswith("arn:aws:secretsmanager:")
    for output in ended.outputs.values():
        assert output in ended.output


def test_the_connection_that_is_reported_gets_a_temporary_password(run, aws, name, monkeypatch):
    """There is no cluster to connect to, so the driver's socket is replaced."""
    import redshift_connector

    connection = run(CLUSTER_DAG).outputs["Connection"]
    monkeypatch.setenv("AIRFLOW_CONN_REDSHIFT_DEFAULT", connection)
    reached: dict[str, Any] = {}

    class Reached(Exception):
        pass

    def connect(**arguments: Any) -> Any:
        reached.update(arguments)
        raise Reached

    monkeypatch.setattr(redshift_connector, "Connection", connect)
    with pytest.raises(Reached):
        connector_of("redshift_default").open()
    assert reached["host"] == aws.cluster(name)["Endpoint"]["Address"]
    assert (reached["port"], reached["user"]) == (5439, "IAM:awsuser")
    assert "password" not in json.loads(connection)
    assert len(reached["password"]) > 8
    assert (reached["ssl"], reached["sslmode"]) == (True, "verify-full")


def test_a_second_run_changes_nothing(run, aws, created):
    before = aws.cluster(created), aws.stack(created), aws.roles(created)
    ended = run(CLUSTER_DAG)
    assert set(ended.tasks.values()) == {"success"}
    assert "is up to date" in ended.output
    assert ended.outputs["Connection"] in ended.output
    assert (aws.cluster(created), aws.stack(created), aws.roles(created)) == before


def test_a_run_with_another_size_updates_the_cluster(run, aws, created):
    role = aws.roles(created)
    ended = run(CLUSTER_DAG, NumberOfNodes=3, NodeType="ra3.xlplus")
    assert set(ended.tasks.values()) == {"success"}
    assert aws.stack(created)["StackStatus"] == "UPDATE_COMPLETE"
    cluster = aws.cluster(created)
    assert (cluster["NumberOfNodes"], cluster["NodeType"]) == (3, "ra3.xlplus")
    assert aws.roles(created) == role
    assert run(CLUSTER_DAG, NodeType="ra3.large").state == "success"
    assert aws.cluster(created)["NumberOfNodes"] == 3, "a field that was left empty"


def test_a_run_with_another_bucket_gives_it_to_the_stack(run, aws, created, monkeypatch):
    """moto does not update a role's policy. AWS does, from this parameter."""
    monkeypatch.setenv("AIRFLOW_VAR_SPARKIFY_SOURCE_BUCKET", "another-source")
    assert run(CLUSTER_DAG).state == "success"
    parameters = aws.stack(created)["Parameters"]
    assert {"ParameterKey": "SourceBucket", "ParameterValue": "another-source"} in parameters


def test_waiting_for_the_stack_does_not_occupy_a_worker(run, monkeypatch):
    from moto.cloudformation.models import Stack

    monkeypatch.setattr(Stack, "mark_creation_complete", lambda self: None)
    looks = []
    describe = Stack.outputs.fget

    def finish(self: Any) -> Any:
        looks.append(self.status)
        if len(looks) == 3:
            self.status = "CREATE_COMPLETE"
        return describe(self)

    monkeypatch.setattr(Stack, "outputs", property(finish))
    ended = run(CLUSTER_DAG)
    assert set(ended.tasks.values()) == {"success"}
    assert looks[:2] == ["CREATE_IN_PROGRESS"] * 2
    assert "Rescheduling task" in ended.output


def test_a_change_that_aws_undoes_fails_at_once_with_the_reasons(run, created, monkeypatch):
    stack = server_side_stack(stack_name(created))
    update = type(stack).update

    def undo(self: Any, *arguments: Any, **named: Any) -> None:
        update(self, *arguments, **named)
        self._add_stack_event("UPDATE_FAILED", "no such nodes are left")
        self.status = "UPDATE_ROLLBACK_COMPLETE"

    monkeypatch.setattr(type(stack), "update", undo)
    ended = run(CLUSTER_DAG, NumberOfNodes=2)
    assert (ended.tasks["wait_for_stack"], ended.tries["wait_for_stack"]) == ("failed", 1)
    assert f"is UPDATE_ROLLBACK_COMPLETE:\n{stack.name}: no such nodes are left" in ended.output


def test_a_creation_that_aws_undoes_leaves_nothing_and_says_why(run, aws, name, monkeypatch):
    from moto.cloudformation.models import Stack, cloudformation_backends
    from moto.cloudformation.responses import CloudFormationResponse

    parameters: dict[str, Any] = {}
    create = CloudFormationResponse.create_stack

    def create_stack(self: Any) -> Any:
        parameters.update({key: self._get_param(key) for key in ("OnFailure", "Capabilities")})
        return create(self)

    def undo(stack: Any) -> None:
        stack._add_stack_event("CREATE_FAILED", "the account has no subnets")
        stack.status = "ROLLBACK_COMPLETE"
        if parameters["OnFailure"] == "DELETE":
            cloudformation_backends[ACCOUNT][REGION].delete_stack(stack.stack_id)

    monkeypatch.setattr(CloudFormationResponse, "create_stack", create_stack)
    monkeypatch.setattr(Stack, "mark_creation_complete", undo)
    ended = run(CLUSTER_DAG)
    assert parameters["Capabilities"] == ["CAPABILITY_IAM"]
    assert (ended.tasks["wait_for_stack"], ended.tries["wait_for_stack"]) == ("failed", 1)
    assert f"is DELETE_COMPLETE:\n{stack_name(name)}: the account has no subnets" in ended.output
    assert aws.stack(name) is None


def test_a_stack_that_is_being_changed_is_left_alone_until_the_next_try(aws, created):
    server_side_stack(stack_name(created)).status = "UPDATE_IN_PROGRESS"
    with pytest.raises(Busy, match=f"redshift-{created} is UPDATE_IN_PROGRESS"):
        deploy_stack(stack_name(created), {})


@pytest.mark.parametrize(
    ("dag_id", "task", "form"),
    [
        (CLUSTER_DAG, "deploy_stack", {"NumberOfNodes": 2}),
        (LIFECYCLE_DAG, "choose_action", {"action": "delete"}),
    ],
)
def test_a_stack_of_somebody_else_is_neither_updated_nor_deleted(
    run, aws, created, dag_id, task, form
):
    server_side_stack(stack_name(created)).tags.clear()
    ended = run(dag_id, **form, **({"confirm": created} if "action" in form else {}))
    assert (ended.tasks[task], ended.tries[task]) == ("failed", 1)
    assert "was not made by sparkify_redshift_cluster" in ended.output
    assert aws.cluster(created)["NumberOfNodes"] == 1


def test_an_update_that_cloudformation_refuses_fails_at_once(run, created):
    server_side_stack(stack_name(created)).status = "ROLLBACK_COMPLETE"
    ended = run(CLUSTER_DAG, NumberOfNodes=2)
    assert (ended.tasks["deploy_stack"], ended.tries["deploy_stack"]) == ("failed", 1)
    assert "is in ROLLBACK_COMPLETE state and can not be updated" in ended.output


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in AWS, a cluster accepts an operation only in the right state."""
    from moto.redshift.exceptions import RedshiftClientError
    from moto.redshift.models import Cluster

    def only_when(state: str, do: Callable[[Any], None]) -> Callable[[Any], None]:
        def ordered(cluster: Any) -> None:
            if cluster.status != state:
                raise RedshiftClientError("InvalidClusterState", f"it is {cluster.status}")
            do(cluster)

        return ordered

    monkeypatch.setattr(Cluster, "pause", only_when("available", Cluster.pause))
    monkeypatch.setattr(Cluster, "resume", only_when("paused", Cluster.resume))


@pytest.mark.usefixtures("strict")
def test_pausing_and_resuming_each_do_it_once(run, aws, created):
    for action, state in (("pause", "paused"), ("resume", "available")):
        for _ in range(2):
            ended = run(LIFECYCLE_DAG, action=action, confirm="anything")
            assert ended.tasks == _only(f"{action}_cluster")
            assert aws.cluster(created)["ClusterStatus"] == state
        assert f"Cluster {created} is {state}" in ended.output


def test_pausing_a_missing_cluster_fails_and_is_not_retried(run):
    ended = run(LIFECYCLE_DAG, action="pause")
    assert (ended.tasks["pause_cluster"], ended.tries["pause_cluster"]) == ("failed", 1)
    assert "is not there. Check its identifier" in ended.output


@pytest.mark.parametrize("confirm", [None, "", "yes", "sparkify"])
def test_a_deletion_that_is_not_confirmed_fails_at_once_and_deletes_nothing(
    run, aws, created, confirm
):
    ended = run(LIFECYCLE_DAG, action="delete", confirm=confirm)
    assert (ended.tasks["choose_action"], ended.tries["choose_action"]) == ("failed", 1)
    assert ended.tasks["delete_stack"] == "upstream_failed"
    assert f"cluster {created} is not deleted: the field confirm must hold" in ended.output
    assert aws.stack(created)["StackStatus"] == "CREATE_COMPLETE"
    assert aws.cluster(created)["ClusterStatus"] == "available"


def test_a_deletion_leaves_nothing_but_a_final_snapshot(run, aws, created):
    ended = run(LIFECYCLE_DAG, action="delete", confirm=created)
    assert ended.tasks == _only("delete_stack", "wait_for_deletion")
    assert (aws.stack(created), aws.cluster(created), aws.roles(created)) == (None, None, [])
    snapshots = aws.redshift.describe_cluster_snapshots(ClusterIdentifier=created)["Snapshots"]
    assert len(snapshots) == 1
    again = run(LIFECYCLE_DAG, action="delete", confirm=created)
    assert (again.tasks["choose_action"], again.tries["choose_action"]) == ("failed", 1)
    assert f"there is no stack redshift-{created} to delete" in again.output


def test_no_secret_is_stored_or_printed(run, created):
    """Covers the output and Airflow's database: results, rendered fields, triggers, forms."""
    output = run(CLUSTER_DAG).output
    output += run(LIFECYCLE_DAG, action="delete", confirm=created).output
    with closing(sqlite3.connect(Path(os.environ["AIRFLOW_HOME"]) / "airflow.db")) as database:
        kept = "\n".join(database.iterdump())
    assert "cluster_identifier" in output, "the tasks' output was not read"
    assert created in kept
    assert "SourceBucket" in kept, "the rendered fields were not read"
    assert "AdminSecretArn" in kept, "the answers were not read"
    for text in (output, kept):
        assert SECRET not in text


def _only(*done: str) -> dict[str, str]:
    """The states of a run's tasks if only these have run and the others were skipped."""
    tasks = ("pause_cluster", "resume_cluster", "delete_stack", "wait_for_deletion")
    states = {task: "success" if task in done else "skipped" for task in tasks}
    return states | {"choose_action": "success"}
