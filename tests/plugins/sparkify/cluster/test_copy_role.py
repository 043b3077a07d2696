"""The role for COPY: what it may, made and removed, in IAM over HTTP."""

from __future__ import annotations

import json
import uuid
from fnmatch import fnmatchcase
from typing import Any

import pytest

from sparkify.cluster.role import (
    POLICY_NAME,
    RoleOfAnother,
    access_policy,
    ensure_role,
    find_role,
    remove_role,
    trust_policy,
)
from tests.aws import aws_client
from tests.runs import etl_dag

BUCKETS = {"source_bucket": "src", "work_bucket": "wrk"}
POLICY = access_policy("src", "wrk")


@pytest.fixture(scope="module")
def iam(s3_endpoint: str) -> Any:
    return aws_client("iam", s3_endpoint)


@pytest.fixture
def name() -> str:
    return f"copy-{uuid.uuid4().hex[:12]}"


def allows(action: str, resource: str, prefix: str | None = None) -> bool:
    """What IAM says, as far as this policy goes: Allow alone, StringLike on s3:prefix alone."""
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


@pytest.fixture
def wide(iam: Any) -> str:
    """The ARN of a policy that somebody attaches."""
    anything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [anything]})
    name = f"wide-{uuid.uuid4().hex[:12]}"
    return iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]


def policy_of(iam: Any, name: str) -> Any:
    return iam.get_role_policy(RoleName=name, PolicyName=POLICY_NAME)["PolicyDocument"]


def test_it_may_read_what_the_dag_reads_and_write_where_the_dag_writes():
    events, songs = (etl_dag().get_task(name) for name in ("stage_events", "stage_songs"))
    key = events.key.replace("%Y", "2018").replace("%m", "11").replace("%d", "05")
    assert allows("s3:GetObject", f"src/{key}")
    assert allows("s3:GetObject", f"src/{songs.key}A/B/1.json")
    assert allows("s3:GetObject", f"src/{events.json.rpartition('/')[2]}")
    assert allows("s3:GetObject", f"wrk/{events.work_prefix}/manifests/a/b.manifest")
    assert allows("s3:PutObject", f"wrk/{songs.work_prefix}/unloaded/0000_part_00")
    assert allows("s3:ListBucket", "src", prefix=songs.key)
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
def test_it_may_nothing_else(action, resource, prefix):
    assert not allows(action, resource, prefix)


def test_no_wildcard_stands_before_the_end_of_a_prefix_and_no_action_has_one():
    for statement in POLICY["Statement"]:
        assert statement["Effect"] == "Allow"
        assert not [action for action in statement["Action"] if "*" in action]
        for pattern in statement["Resource"]:
            bucket, _, key = pattern.removeprefix("arn:aws:s3:::").partition("/")
            assert bucket in ("src", "wrk")
            assert "*" not in key.removesuffix("/*")
            assert key.endswith("/*") or "*" not in key


def test_listing_is_held_to_prefixes_in_every_statement():
    listing = [item for item in POLICY["Statement"] if "s3:ListBucket" in item["Action"]]
    assert len(listing) == 2
    assert all(item["Condition"]["StringLike"]["s3:prefix"] for item in listing)


def test_in_another_partition_of_aws_the_names_begin_otherwise():
    told = json.dumps(access_policy("src", "wrk", partition="aws-us-gov"))
    assert "arn:aws-us-gov:s3:::src/log_data/*" in told
    assert "arn:aws:" not in told


def test_it_is_made_with_both_services_as_its_users(iam, name):
    arn = ensure_role(iam, name, **BUCKETS)
    assert arn.endswith(f":role/{name}")
    role = iam.get_role(RoleName=name)["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"]["Service"] == [
        "redshift.amazonaws.com",
        "redshift-serverless.amazonaws.com",
    ]
    assert policy_of(iam, name) == POLICY


def test_made_again_it_is_what_the_code_says(iam, name):
    arn = ensure_role(iam, name, **BUCKETS)
    more = json.dumps(access_policy("src", "wrk")).replace("src/log_data/*", "*")
    iam.put_role_policy(RoleName=name, PolicyName=POLICY_NAME, PolicyDocument=more)
    others = json.dumps(trust_policy()).replace("redshift.amazonaws.com", "ec2.amazonaws.com")
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=others)
    assert ensure_role(iam, name, **BUCKETS) == arn
    assert policy_of(iam, name) == POLICY
    assert iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"] == trust_policy()


def test_made_again_it_is_left_alone_where_it_is_right(iam, name):
    ensure_role(iam, name, **BUCKETS)
    asked = []
    iam.meta.events.register("before-call.iam", lambda model, **_: asked.append(model.name))
    ensure_role(iam, name, **BUCKETS)
    assert not {"PutRolePolicy", "UpdateAssumeRolePolicy"} & set(asked)
    assert "GetRolePolicy" in asked


def test_other_buckets_replace_the_first_ones(iam, name):
    ensure_role(iam, name, **BUCKETS)
    ensure_role(iam, name, source_bucket="new", work_bucket="wrk")
    assert policy_of(iam, name) == access_policy("new", "wrk")


def test_a_try_that_ended_before_the_policy_is_made_whole_by_the_next(iam, name):
    ensure_role(iam, name, **BUCKETS)
    iam.delete_role_policy(RoleName=name, PolicyName=POLICY_NAME)
    ensure_role(iam, name, **BUCKETS)
    assert policy_of(iam, name) == POLICY


def test_what_somebody_added_to_it_is_told(iam, name, wide, caplog):
    ensure_role(iam, name, **BUCKETS)
    iam.attach_role_policy(RoleName=name, PolicyArn=wide)
    ensure_role(iam, name, **BUCKETS)
    assert f"may more than it needs: {wide}" in caplog.text
    remove_role(iam, name)
    iam.delete_policy(PolicyArn=wide)


@pytest.mark.parametrize("do", [lambda *a: ensure_role(*a, **BUCKETS), remove_role])
def test_a_role_of_that_name_that_is_anothers_is_neither_changed_nor_removed(iam, name, do):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust_policy()))
    with pytest.raises(RoleOfAnother, match="was not made by sparkify_redshift_cluster"):
        do(iam, name)
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []


def test_it_is_removed_with_all_that_hangs_on_it_and_a_second_time_is_no_error(iam, name, wide):
    ensure_role(iam, name, **BUCKETS)
    iam.attach_role_policy(RoleName=name, PolicyArn=wide)
    assert remove_role(iam, name)
    iam.delete_policy(PolicyArn=wide)  # refused while it is attached
    assert find_role(iam, name) is None
    assert not remove_role(iam, name)
