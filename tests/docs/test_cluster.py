"""docs/cluster.md: what is to be copied from it can be."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.runs import ROOT

TEXT = (ROOT / "docs" / "cluster.md").read_text()


@pytest.fixture(scope="module")
def policy() -> dict[str, Any]:
    (block,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    return json.loads(block)


def test_the_policy_of_airflows_own_identity_allows_what_the_code_calls(policy):
    allowed = {
        action
        for statement in policy["Statement"]
        for action in (
            statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        )
    }
    source = (ROOT / "plugins" / "sparkify" / "cluster" / "role.py").read_text()
    calls = set(re.findall(r"\biam\.([a-z_]+)\(", source)) - {"get_paginator"}
    calls |= set(re.findall(r'get_paginator\("([a-z_]+)"\)', source))
    assert "create_role" in calls
    for call in calls:
        assert f"iam:{call.title().replace('_', '')}" in allowed
    assert {"iam:PassRole", "iam:TagRole", "redshift:GetClusterCredentials"} <= allowed
    assert not [action for action in allowed if "*" in action]


def test_the_role_may_be_passed_to_redshift_alone(policy):
    (passing,) = [item for item in policy["Statement"] if item["Action"] == "iam:PassRole"]
    told = passing["Condition"]["StringEquals"]["iam:PassedToService"]
    assert told == "redshift.amazonaws.com"


def test_each_connection_is_json_without_a_password():
    match = re.findall(r"AIRFLOW_CONN_REDSHIFT_DEFAULT='(.*?)'", TEXT, re.DOTALL)
    assert len(match) == 2
    for text in match:
        told = json.loads(text)
        assert "password" not in told
        assert told["extra"]["iam"] is True


def test_the_command_names_parameters_of_the_template():
    template = (ROOT / "infra" / "redshift-serverless.yaml").read_text()
    command = TEXT.partition("--parameter-overrides")[2].partition("aws cloudformation")[0]
    names = re.findall(r"(\w+)=", command)
    assert len(names) == 4
    assert all(f"\n  {name}:\n" in template for name in names)
