"""The template for Redshift Serverless: its role is the code's, and its defaults are safe."""

from __future__ import annotations

import ast
import json
import uuid
from typing import Any

import pytest
import yaml

from sparkify.cluster.role import POLICY_NAME, WORK_PREFIX, access_policy, trust_policy
from tests.aws import aws_client
from tests.runs import ROOT

TEMPLATE = ROOT / "infra" / "redshift-serverless.yaml"
OF_AWS_ALONE = ("Namespace", "Workgroup")  # the server of the tests knows no Redshift Serverless


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as the long ones: `!Sub x` as `{"Fn::Sub": "x"}`."""


def _long_form(loader: Any, tag: str, node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value = node.value.split(".", 1) if tag == "GetAtt" else node.value
    else:
        value = loader.construct_sequence(node, deep=True)
    return {tag if tag == "Ref" else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _long_form)


def resolved(part: Any) -> Any:
    """A part of the template with the buckets in it, as CloudFormation would put them."""
    if isinstance(part, list):
        return [resolved(item) for item in part]
    if not isinstance(part, dict):
        return part
    if "Fn::Sub" in part:
        text = part["Fn::Sub"].replace("${AWS::Partition}", "aws")
        return text.replace("${SourceBucket}", "src").replace("${WorkBucket}", "wrk")
    return {name: resolved(value) for name, value in part.items()}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return yaml.load(TEMPLATE.read_text(), _Loader)


@pytest.fixture(scope="module")
def resources(template: Any) -> dict[str, Any]:
    return {name: one["Properties"] for name, one in template["Resources"].items()}


def test_its_role_may_what_the_role_of_the_dag_may(resources):
    (policy,) = resources["CopyRole"]["Policies"]
    assert policy["PolicyName"] == POLICY_NAME
    assert resolved(policy["PolicyDocument"]) == access_policy("src", "wrk")
    assert resources["CopyRole"]["AssumeRolePolicyDocument"] == trust_policy()


def test_the_role_is_the_default_one_and_nobody_chooses_a_password(template, resources):
    namespace = resources["Namespace"]
    assert namespace["DefaultIamRoleArn"] == {"Fn::GetAtt": ["CopyRole", "Arn"]}
    assert namespace["IamRoles"] == [namespace["DefaultIamRoleArn"]]
    assert namespace["ManageAdminPassword"] is True
    assert "AdminUserPassword" not in namespace
    assert not [name for name in template["Parameters"] if "Password" in name]


def test_it_is_not_reachable_from_the_internet_unless_asked(template, resources):
    assert template["Parameters"]["PubliclyAccessible"]["Default"] == "false"
    assert resources["Workgroup"]["PubliclyAccessible"] == {"Ref": "PubliclyAccessible"}


def test_the_work_bucket_is_private_encrypted_kept_and_forgets_manifests(template, resources):
    bucket = resources["WorkBucketOfSparkify"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    assert template["Resources"]["WorkBucketOfSparkify"]["DeletionPolicy"] == "Retain"
    rule = bucket["LifecycleConfiguration"]["Rules"][0]
    assert (rule["Prefix"], rule["ExpirationInDays"]) == (f"{WORK_PREFIX}manifests/", 30)


def test_cloudformation_makes_its_role_and_bucket(template, s3_endpoint, s3):
    name, bucket = f"t-{uuid.uuid4().hex[:10]}", f"test-{uuid.uuid4().hex}"
    part = {
        **template,
        "Resources": {
            key: one for key, one in template["Resources"].items() if key not in OF_AWS_ALONE
        },
        "Outputs": {key: template["Outputs"][key] for key in ("CopyRoleArn", "WorkBucketName")},
    }
    given = {"SourceBucket": "src", "WorkBucket": bucket}
    given |= {"SubnetIds": "subnet-1", "SecurityGroupIds": "sg-1"}
    formation = aws_client("cloudformation", s3_endpoint)
    formation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(part),
        Parameters=[{"ParameterKey": key, "ParameterValue": given[key]} for key in given],
        Capabilities=["CAPABILITY_IAM"],
    )
    (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    expected = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
    policy = aws_client("iam", s3_endpoint).get_role_policy(
        RoleName=expected["CopyRoleArn"].rpartition("/")[2], PolicyName=POLICY_NAME
    )
    # The server keeps what a template says as Python writes it.
    assert ast.literal_eval(policy["PolicyDocument"]) == access_policy("src", bucket)
    assert expected["WorkBucketName"] == bucket
    s3.head_bucket(Bucket=bucket)  # its lifecycle rules are not taken by the server
