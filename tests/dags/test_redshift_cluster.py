"""Setting Redshift up and taking it down again, by whole runs of both DAGs in Airflow."""

from __future__ import annotations

import json
import logging
import os
import re
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sparkify.cluster.role import POLICY_NAME, access_policy, trust_policy
from tests.aws import aws_client, aws_connection, server_side
from tests.runs import ROOT

CLUSTER_DAG, LIFECYCLE_DAG = "sparkify_redshift_cluster", "sparkify_redshift_lifecycle"
KEY, SECRET = "AKIACANARYOFCLUSTER7", "canary/of+the=cluster/secret/9d41"


@pytest.fixture(scope="module")
def database() -> None:
    """Airflow's own database, for the runs."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture
def dags(database: None) -> dict[str, Any]:
    """Both DAGs, with waits that a test can bear; read anew, since an operator's log goes to
    what was the standard output at its first word."""
    from airflow.dag_processing.dagbag import DagBag

    names = (CLUSTER_DAG, LIFECYCLE_DAG)
    dags = {name: DagBag(str(ROOT / "dags" / f"{name}.py")).dags[name] for name in names}
    for task in [task for dag in dags.values() for task in dag.tasks]:
        if hasattr(task, "poll_interval"):
            task.poll_interval = 1
    return dags


@dataclass(frozen=True)
class Run:
    """How a run ended: the states of its tasks, their tries, and all that it said."""

    state: str
    tasks: dict[str, str]
    tries: dict[str, int]
    said: str


@dataclass(frozen=True)
class Aws:
    iam: Any
    redshift: Any

    def cluster(self, name: str) -> dict[str, Any] | None:
        found = self.redshift.describe_clusters()["Clusters"]
        return next((one for one in found if one["ClusterIdentifier"] == name), None)

    def roles(self) -> list[str]:
        return [role["RoleName"] for role in self.iam.list_roles()["Roles"]]

    def snapshots(self, name: str) -> list[str]:
        found = self.redshift.describe_cluster_snapshots()["Snapshots"]
        return [one["SnapshotIdentifier"] for one in found if one["ClusterIdentifier"] == name]


@pytest.fixture
def aws(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The server, and Airflow's connection and variables for it."""
    monkeypatch.setenv(
        "AIRFLOW_CONN_AWS_DEFAULT", aws_connection(s3_endpoint, key=KEY, secret=SECRET)
    )
    monkeypatch.setenv("AIRFLOW_VAR_SPARKIFY_SOURCE_BUCKET", "the-source")
    monkeypatch.setenv("AIRFLOW_VAR_SPARKIFY_WORK_BUCKET", "the-work")
    return Aws(aws_client("iam", s3_endpoint), aws_client("redshift", s3_endpoint))


@pytest.fixture
def names() -> dict[str, str]:
    """A cluster and a role of the test's own."""
    tail = uuid.uuid4().hex[:10]
    return {"cluster_identifier": f"c{tail}", "role_name": f"role-{tail}"}


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What modules log, unmasked, whatever becomes of the handlers while a task runs."""
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
def run(dags: Any, aws: Aws, names: Any, capfd: Any, heard: list[str]) -> Callable[..., Run]:
    """Run a DAG to its end, deferral and all."""

    def run(dag_id: str, **form: Any) -> Run:
        capfd.readouterr()
        heard.clear()
        ended = dags[dag_id].test(run_conf=names | form)
        instances = ended.get_task_instances()
        return Run(
            str(ended.state),
            {one.task_id: str(one.state) for one in instances},
            {one.task_id: one.try_number for one in instances},
            "\n".join([*heard, *capfd.readouterr()]),
        )

    return run


@pytest.fixture
def created(run: Any, names: Any) -> str:
    """The name of a cluster that the DAG made."""
    assert run(CLUSTER_DAG).state == "success"
    return names["cluster_identifier"]


@pytest.fixture
def settle(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a cluster into a state between, that ends when Airflow has seen it three times."""
    from moto.redshift.models import RedshiftBackend

    describe = RedshiftBackend.describe_clusters

    def settle(name: str, state: str, then: Callable[[], Any]) -> None:
        server_side(name).status = state
        looks = iter([None, None, None, then])

        def look(self: Any, identifier: Any = None, *more: Any, **named: Any) -> Any:
            if identifier == name and (act := next(looks, None)):
                act()
            return describe(self, identifier, *more, **named)

        monkeypatch.setattr(RedshiftBackend, "describe_clusters", look)

    return settle


def test_a_run_makes_role_and_cluster_and_says_where_it_is(run, aws, names):
    ended = run(CLUSTER_DAG)
    assert set(ended.tasks.values()) == {"success"}
    cluster = aws.cluster(names["cluster_identifier"])
    role = aws.iam.get_role(RoleName=names["role_name"])["Role"]["Arn"]
    assert [one["IamRoleArn"] for one in cluster["IamRoles"]] == [role]
    assert (cluster["Encrypted"], cluster["PubliclyAccessible"]) == (True, False)
    assert (cluster["NodeType"], cluster["NumberOfNodes"]) == ("ra3.large", 1)
    policy = aws.iam.get_role_policy(RoleName=names["role_name"], PolicyName=POLICY_NAME)
    assert policy["PolicyDocument"] == access_policy("the-source", "the-work")
    assert f"{cluster['Endpoint']['Address']}:5439" in ended.said
    assert role in ended.said
    assert "AIRFLOW_CONN_REDSHIFT_DEFAULT=" in ended.said


def test_the_password_is_left_to_secrets_manager_and_the_role_made_the_default(
    run, names, monkeypatch
):
    asked: dict[str, str] = {}
    from moto.redshift.responses import RedshiftResponse

    original = RedshiftResponse.create_cluster

    def create_cluster(self: Any) -> Any:
        asked.update({name: values[0] for name, values in self.querystring.items()})
        return original(self)

    monkeypatch.setattr(RedshiftResponse, "create_cluster", create_cluster)
    assert run(CLUSTER_DAG, number_of_nodes=2, encrypted=False).state == "success"
    assert asked["ManageMasterPassword"] == "true"
    assert "MasterUserPassword" not in asked
    assert asked["DefaultIamRoleArn"].endswith(names["role_name"])
    assert (asked["ClusterType"], asked["NumberOfNodes"]) == ("multi-node", "2")
    assert asked["Encrypted"] == "false"


def test_a_second_run_changes_nothing_and_says_what_is_otherwise(run, aws, names, created):
    before = aws.cluster(created)
    ended = run(CLUSTER_DAG, number_of_nodes=3, node_type="ra3.xlplus")
    assert set(ended.tasks.values()) == {"success"}
    assert aws.cluster(created) == before
    assert f"{created} stays: NumberOfNodes is 1, not 3" in ended.said
    assert f"{created} stays: NodeType is 'ra3.large', not 'ra3.xlplus'" in ended.said
    assert f"{created} stays: Encrypted" not in ended.said
    assert aws.roles().count(names["role_name"]) == 1


def test_a_second_run_brings_the_role_up_to_date(run, aws, names, created, monkeypatch):
    monkeypatch.setenv("AIRFLOW_VAR_SPARKIFY_SOURCE_BUCKET", "another-source")
    assert run(CLUSTER_DAG).state == "success"
    policy = aws.iam.get_role_policy(RoleName=names["role_name"], PolicyName=POLICY_NAME)
    assert policy["PolicyDocument"] == access_policy("another-source", "the-work")


def test_a_cluster_that_is_being_created_is_waited_for(run, created, settle):
    settle(created, "creating", server_side(created).resume)
    ended = run(CLUSTER_DAG)
    assert set(ended.tasks.values()) == {"success"}
    assert f"{created} is creating: waiting" in ended.said
    assert "creation in progress: ['creating']" in ended.said


def test_a_paused_cluster_fails_the_run_at_once_with_what_to_do(run, created):
    server_side(created).status = "paused"
    ended = run(CLUSTER_DAG)
    assert ended.tasks["create_cluster"] == "failed"
    assert ended.tries["create_cluster"] == 1
    assert "run sparkify_redshift_lifecycle with the action resume" in ended.said


def test_a_role_of_another_fails_the_run_at_once_and_no_cluster_is_made(run, aws, names):
    trust = json.dumps(trust_policy())
    aws.iam.create_role(RoleName=names["role_name"], AssumeRolePolicyDocument=trust)
    ended = run(CLUSTER_DAG)
    assert (ended.tasks["create_copy_role"], ended.tries["create_copy_role"]) == ("failed", 1)
    assert "was not made by sparkify_redshift_cluster" in ended.said
    assert aws.cluster(names["cluster_identifier"]) is None


@pytest.mark.parametrize(
    "form",
    [
        {"cluster_identifier": "Not-Lower"},
        {"cluster_identifier": "two--hyphens"},
        {"cluster_identifier": "x; drop"},
        {"node_type": "m5.large"},
        {"number_of_nodes": 0},
        {"number_of_nodes": "2"},
        {"master_user": "public"},
        {"database": "my db"},
        {"security_groups": ["sg-nothex!"]},
        {"subnet_group": "under_score"},
        {"role_name": "has space"},
        {"cluster_identifier": "a-line\n"},
        {"role_name": "a-line\n"},
        {"security_groups": ["sg-0a1b2c3d\n"]},
        {"publicly_accessible": "yes"},
    ],
)
def test_the_form_refuses_what_aws_would_refuse(dags, form):
    from airflow.sdk.exceptions import ParamValidationError

    ((name, value),) = form.items()
    with pytest.raises(ParamValidationError):
        dags[CLUSTER_DAG].params.get_param(name).resolve(value)


def test_the_form_takes_what_it_has_as_its_defaults_and_lists_of_groups(dags):
    params = dags[CLUSTER_DAG].params
    params.validate()
    groups = ["sg-0a1b2c3d", "sg-0123456789abcdef0"]
    assert params.get_param("security_groups").resolve(groups) == groups


def test_a_number_of_nodes_that_json_has_as_2_0_is_2(run, aws, names):
    ended = run(CLUSTER_DAG, number_of_nodes=2.0)
    assert ended.state == "success"
    assert aws.cluster(names["cluster_identifier"])["NumberOfNodes"] == 2


def test_a_cluster_that_may_not_be_looked_at_fails_the_run_at_once(run, monkeypatch):
    from moto.redshift.exceptions import RedshiftClientError
    from moto.redshift.models import RedshiftBackend

    def refuse(*_: Any, **__: Any) -> Any:
        raise RedshiftClientError("AccessDenied", "not authorized to perform DescribeClusters")

    monkeypatch.setattr(RedshiftBackend, "describe_clusters", refuse)
    ended = run(CLUSTER_DAG)
    assert ended.tasks["create_cluster"] == "failed"
    assert ended.tries["create_cluster"] == 1
    assert "Allow it to" in ended.said


def test_pausing_and_resuming_each_do_it_once(run, aws, created):
    assert run(LIFECYCLE_DAG, action="pause").tasks == _only("pause_cluster")
    assert aws.cluster(created)["ClusterStatus"] == "paused"
    again = run(LIFECYCLE_DAG, action="pause")
    assert again.state == "success"
    assert f"{created} is paused already" in again.said
    assert run(LIFECYCLE_DAG, action="resume").tasks == _only("resume_cluster")
    assert aws.cluster(created)["ClusterStatus"] == "available"
    assert f"{created} is available already" in run(LIFECYCLE_DAG, action="resume").said


def test_a_second_try_of_a_pause_waits_for_the_first(run, created, settle):
    settle(created, "pausing", server_side(created).pause)
    ended = run(LIFECYCLE_DAG, action="pause")
    assert ended.tasks["pause_cluster"] == "success"
    assert "pausing in progress: ['pausing']" in ended.said


def test_what_is_not_there_cannot_be_paused_and_is_not_tried_again(run):
    ended = run(LIFECYCLE_DAG, action="pause")
    assert (ended.tasks["pause_cluster"], ended.tries["pause_cluster"]) == ("failed", 1)
    assert "is not there: look at its identifier" in ended.said


@pytest.mark.parametrize("confirm", [None, "", "yes", "sparkify"])
def test_a_deletion_that_is_not_confirmed_fails_at_once_and_deletes_nothing(
    run, aws, names, created, confirm
):
    ended = run(LIFECYCLE_DAG, action="delete", confirm=confirm)
    assert (ended.tasks["choose_action"], ended.tries["choose_action"]) == ("failed", 1)
    assert ended.tasks["delete_cluster"] == "upstream_failed"
    assert f"cluster {created} is not deleted: the field confirm must hold" in ended.said
    assert aws.cluster(created)["ClusterStatus"] == "available"
    assert names["role_name"] in aws.roles()


def test_the_confirmation_of_another_action_is_not_asked_for(run, created):
    assert run(LIFECYCLE_DAG, action="pause", confirm="anything").state == "success"


def test_create_and_delete_leave_nothing_but_the_final_snapshot(run, aws, names, created):
    ended = run(LIFECYCLE_DAG, action="delete", confirm=created)
    assert ended.tasks == _only("delete_cluster", "remove_copy_role")
    assert aws.cluster(created) is None
    assert names["role_name"] not in aws.roles()
    assert aws.iam.list_policies(Scope="Local")["Policies"] == []
    (snapshot,) = aws.snapshots(created)
    assert re.fullmatch(rf"{created}-final-\d{{4}}(-\d\d){{5}}", snapshot)


def test_without_a_final_snapshot_nothing_at_all_is_left(run, aws, names, created):
    run(LIFECYCLE_DAG, action="delete", confirm=created, skip_final_snapshot=True)
    assert aws.cluster(created) is None
    assert aws.snapshots(created) == []
    assert names["role_name"] not in aws.roles()


def test_a_second_deletion_finds_nothing_to_do(run, created):
    run(LIFECYCLE_DAG, action="delete", confirm=created)
    again = run(LIFECYCLE_DAG, action="delete", confirm=created)
    assert again.state == "success"
    assert f"{created} is gone already" in again.said


def test_a_cluster_that_is_being_deleted_is_waited_for(run, aws, created, settle):
    clusters = server_side(created).redshift_backend.clusters
    settle(created, "deleting", lambda: clusters.pop(created))
    ended = run(LIFECYCLE_DAG, action="delete", confirm=created)
    assert ended.tasks == _only("delete_cluster", "remove_copy_role")
    assert f"{created} is deleting: waiting" in ended.said


def test_the_role_stays_where_the_form_says_so(run, aws, names, created):
    ended = run(LIFECYCLE_DAG, action="delete", confirm=created, remove_role=False)
    assert ended.tasks == _only("delete_cluster")
    assert names["role_name"] in aws.roles()


def test_a_role_that_another_cluster_has_stays(run, aws, names, created):
    other = f"{created}b"
    assert run(CLUSTER_DAG, cluster_identifier=other).state == "success"
    ended = run(LIFECYCLE_DAG, action="delete", confirm=created)
    assert ended.tasks == _only("delete_cluster")
    assert f"stays: {other} has it, too" in ended.said
    assert names["role_name"] in aws.roles()


def test_no_secret_is_kept_or_said(run, created):
    """By neither output nor database of Airflow: answers, rendered fields, triggers, forms."""
    said = run(CLUSTER_DAG).said
    said += run(LIFECYCLE_DAG, action="delete", confirm=created).said
    with closing(sqlite3.connect(Path(os.environ["AIRFLOW_HOME"]) / "airflow.db")) as database:
        kept = "\n".join(database.iterdump())
    assert "AIRFLOW_CONN_REDSHIFT_DEFAULT=" in said, "the tasks' output was not read"
    assert created in kept
    assert "DefaultIamRoleArn" in kept, "the rendered fields were not read"
    assert "Put into Airflow" in kept, "the answers were not read"
    for text in (said, kept):
        assert SECRET not in text
        assert "master_user_password" not in text


def _only(*done: str) -> dict[str, str]:
    """The states of a run's tasks: these were done, and the others passed by."""
    tasks = ("pause_cluster", "resume_cluster", "delete_cluster", "remove_copy_role")
    states = {task: "success" if task in done else "skipped" for task in tasks}
    return states | {"choose_action": "success"}
