"""The examples in docs/cluster.md are valid."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support.runs import ROOT
from tests.support.templates import template

TEXT = (ROOT / "docs" / "cluster.md").read_text()
# Permissions for properties that the template does not set.
NOT_NEEDED = re.compile(
    "iam:(Attach|Detach)RolePolicy|iam:.*PermissionsBoundary|kms:|cloudwatch:|ec2:"
    "|redshift:(RestoreFrom|Enable|Disable|Reboot|Rotate|Failover|Put|DeleteResource)"
    "|redshift:Modify(ClusterMaintenance|ClusterDbRevisions|Snapshot|Aqua)"
    "|redshift:DescribeSnapshotCopyGrant"
)


@pytest.fixture(scope="module")
def policy() -> dict[str, Any]:
    (block,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    return json.loads(block)


@pytest.fixture(scope="module")
def allowed(policy: Any) -> set[str]:
    actions = [statement["Action"] for statement in policy["Statement"]]
    return {one for item in actions for one in ([item] if isinstance(item, str) else item)}


@pytest.mark.parametrize("change", ["create", "read", "update", "delete"])
def test_the_policy_allows_what_cloudformation_does_in_airflows_name(allowed, change):
    """AWS's schemas, which cfn-lint includes, list the permissions that each resource needs."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    for resource in template("provisioned")["Resources"].values():
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-west-2", resource["Type"]).schema
        needed = schema["handlers"][change]["permissions"]
        assert needed
        assert {one for one in needed if not NOT_NEEDED.match(one)} <= allowed


def test_the_policy_allows_what_the_code_calls_and_no_more_than_single_actions(allowed):
    source = (ROOT / "plugins" / "sparkify" / "cluster" / "stack.py").read_text()
    calls = set(re.findall(r"\bclient\.([a-z]+(?:_[a-z]+)+)\(", source))
    assert {"create_stack", "update_stack"} <= calls
    calls |= {"delete_stack"}  # the provider's operator
    assert {f"cloudformation:{call.title().replace('_', '')}" for call in calls} <= allowed
    assert {"redshift:CreateClusterSnapshot", "redshift:GetClusterCredentials"} <= allowed
    assert not [action for action in allowed if "*" in action]


def test_the_role_may_be_passed_to_redshift_alone(policy):
    (passing,) = [item for item in policy["Statement"] if item["Action"] == "iam:PassRole"]
    service = passing["Condition"]["StringEquals"]["iam:PassedToService"]
    assert service == "redshift.amazonaws.com"


def test_each_connection_is_json_without_a_password():
    connections = re.findall(r"AIRFLOW_CONN_REDSHIFT_DEFAULT='(.*?)'", TEXT, re.DOTALL)
    assert len(connections) == 2
    for text in connections:
        connection = json.loads(text)
        assert "password" not in connection
        assert connection["extra"]["iam"] is True


def test_the_command_names_the_template_and_its_parameters():
    command = TEXT.partition("aws cloudformation deploy --")[2].partition("aws cloudformation")[0]
    (path,) = re.findall(r"--template-file (\S+)", command)
    assert (ROOT / path).is_file()
    names = re.findall(r"(\w+)=", command)
    assert len(names) == 4
    assert set(names) <= set(template("serverless")["Parameters"])
    required = {
        name
        for name, parameter in template("serverless")["Parameters"].items()
        if "Default" not in parameter
    }
    assert required <= set(names)
