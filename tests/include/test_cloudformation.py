"""The CloudFormation templates: one role, limited to the prefixes, and safe defaults.

In `make lint`, cfn-lint checks syntax and properties against AWS's schemas.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest
from airflow.sdk import Param
from airflow.sdk.exceptions import ParamValidationError

from sparkify.cluster.template import form
from sparkify.model import STAGING
from tests.support.runs import etl_dag
from tests.support.templates import role_policy, template

POLICY = role_policy("src", "wrk")
PROVISIONED, SERVERLESS = (template(kind)["Resources"] for kind in ("provisioned", "serverless"))


def allows(action: str, resource: str, prefix: str | None = None) -> bool:
    """Evaluates the policy as IAM does, for Allow statements and StringLike on s3:prefix."""
    arn = f"arn:aws:s3:::{resource}"
    return any(
        action in statement["Action"]
        and any(fnmatchcase(arn, pattern) for pattern in statement["Resource"])
        and (
            "Condition" not in statement
            or any(
                fnmatchcase(prefix or "", pattern)
                for pattern in statement["Condition"]["StringLike"]["s3:prefix"]
            )
        )
        for statement in POLICY["Statement"]
    )


def test_both_templates_have_the_same_role():
    assert PROVISIONED["CopyRole"] == SERVERLESS["CopyRole"]


@pytest.mark.parametrize("table", STAGING, ids=lambda table: table.name)
def test_the_role_may_read_the_source_of_each_staging_table(table):
    assert allows("s3:GetObject", f"src/{table.source.prefix}2018/11/1.json")
    assert allows("s3:ListBucket", "src", prefix=table.source.prefix)
    assert table.json_paths is None or allows("s3:GetObject", f"src/{table.json_paths}")


def test_the_role_may_write_where_the_dag_writes():
    work_prefix = etl_dag().get_task("stage_events").work_prefix
    assert allows("s3:GetObject", f"wrk/{work_prefix}/manifests/a/b.manifest")
    assert allows("s3:PutObject", f"wrk/{work_prefix}/unloaded/0000_part_00")
    assert allows("s3:GetBucketLocation", "src")


@pytest.mark.parametrize(
    ("action", "resource", "prefix"),
    [
        ("s3:GetObject", "other/log_data/2018/11/2018-11-05-events.json", None),
        ("s3:GetObject", "src-2/log_data/1.json", None),
        ("s3:GetObject", "src/payroll/1.json", None),
        ("s3:GetObject", "src/log_json_path.json.bak", None),
        ("s3:PutObject", "src/log_data/1.json", None),
        ("s3:DeleteObject", "wrk/sparkify/manifests/1", None),
        ("s3:PutObject", "wrk/sparkify-of-others/1", None),
        ("s3:ListBucket", "src", None),
        ("s3:ListBucket", "src", "payroll/"),
        ("s3:ListBucket", "wrk", ""),
        ("s3:ListBucket", "other", "log_data/"),
        ("s3:GetBucketLocation", "other", None),
    ],
)
def test_the_role_may_do_nothing_else(action, resource, prefix):
    assert not allows(action, resource, prefix)


def test_the_policy_allows_only_whole_actions_below_whole_prefixes():
    for statement in POLICY["Statement"]:
        assert statement["Effect"] == "Allow"
        assert not [action for action in statement["Action"] if "*" in action]
        for pattern in statement["Resource"]:
            bucket, _, key = pattern.removeprefix("arn:aws:s3:::").partition("/")
            assert bucket in ("src", "wrk")
            assert "*" not in key.removesuffix("/*")
    assert "arn:aws:" not in json.dumps(role_policy("src", "wrk", "aws-us-gov"))


def test_redshift_alone_may_use_the_role():
    (statement,) = PROVISIONED["CopyRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    services = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
    assert statement["Principal"] == {"Service": services}


@pytest.mark.parametrize(
    ("resource", "password"),
    [
        (PROVISIONED["Cluster"], "ManageMasterPassword"),
        (SERVERLESS["Namespace"], "ManageAdminPassword"),
    ],
)
def test_the_role_is_attached_and_nobody_chooses_a_password(resource, password):
    settings = resource["Properties"]
    assert settings["IamRoles"] == [{"Fn::GetAtt": ["CopyRole", "Arn"]}]
    assert [name for name in settings if "Password" in name] == [password]
    assert settings[password] is True


def test_serverless_makes_the_role_its_default():
    assert SERVERLESS["Namespace"]["Properties"]["DefaultIamRoleArn"] == {
        "Fn::GetAtt": ["CopyRole", "Arn"]
    }


@pytest.mark.parametrize(
    ("kind", "resource"), [("provisioned", "Cluster"), ("serverless", "Workgroup")]
)
def test_it_is_not_reachable_from_the_internet_unless_asked(kind, resource):
    read = template(kind)
    assert read["Parameters"]["PubliclyAccessible"]["Default"] == "false"
    settings = read["Resources"][resource]["Properties"]
    assert settings["PubliclyAccessible"] == {"Ref": "PubliclyAccessible"}


def test_the_cluster_is_encrypted_and_never_goes_without_a_final_snapshot():
    cluster = PROVISIONED["Cluster"]
    assert cluster["Properties"]["Encrypted"] is True
    assert (cluster["DeletionPolicy"], cluster["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")


def test_the_work_bucket_is_private_encrypted_retained_and_expires_manifests():
    bucket = SERVERLESS["WorkBucketOfSparkify"]
    settings = bucket["Properties"]
    assert set(settings["PublicAccessBlockConfiguration"].values()) == {True}
    assert settings["BucketEncryption"]
    assert bucket["DeletionPolicy"] == "Retain"
    rule = settings["LifecycleConfiguration"]["Rules"][0]
    assert (rule["Prefix"], rule["ExpirationInDays"]) == ("sparkify/manifests/", 30)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ClusterIdentifier", "Not-Lower"),
        ("ClusterIdentifier", "two--hyphens"),
        ("ClusterIdentifier", "x; drop"),
        ("ClusterIdentifier", "a-line\n"),
        ("ClusterIdentifier", "a" * 64),
        ("ClusterIdentifier", ""),
        ("NodeType", "m5.large"),
        ("NumberOfNodes", 0),
        ("NumberOfNodes", 101),
        ("NumberOfNodes", "2"),
        ("AdminUser", "public"),
        ("Database", "my db"),
        ("SecurityGroups", "sg-nothex!"),
        ("SecurityGroups", "sg-0a1b2c3d\n"),
        ("SecurityGroups", "sg-0a1b2c3d,"),
        ("SubnetGroup", "under_score"),
        ("PubliclyAccessible", "yes"),
        ("WorkBucket", "every*"),
        ("SourceBucket", "a/b"),
    ],
)
def test_the_form_refuses_what_the_template_would_refuse(name, value):
    for field in (form(name)[name], form(optional=[name])[name]):
        with pytest.raises(ParamValidationError):
            Param(**field).resolve(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SecurityGroups", "sg-0a1b2c3d,sg-0123456789abcdef0"),
        ("SubnetGroup", "private-2"),
        ("AdminUser", "publican"),
        ("NumberOfNodes", 100),
        ("PubliclyAccessible", "true"),
        ("SourceBucket", "udacity-dend"),
    ],
)
def test_the_form_takes_what_the_template_takes(name, value):
    assert Param(**form(name)[name]).resolve(value) == value
    assert Param(**form(optional=[name])[name]).resolve(value) == value


def test_an_optional_field_states_what_empty_means():
    field = form(optional=["NodeType"])["NodeType"]
    assert Param(**field).resolve() is None
    assert field["description"].endswith("Empty: as it is, and ra3.large in a new cluster.")
