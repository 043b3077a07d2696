"""The IAM role under which Redshift reads and writes S3: what it may, made and removed.

Takes a boto3 client of IAM; nothing of Airflow is imported here. The template
infra/redshift-serverless.yaml allows its role the same, and a test holds the two together.

What it does not do: buckets that are encrypted with a KMS key of your own need
`kms:Decrypt` and `kms:GenerateDataKey` on that key, in the key's policy.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from typing import Any

from sparkify.model import STAGING

log = logging.getLogger(__name__)

READ_PREFIXES = tuple(table.source.prefix for table in STAGING)
READ_OBJECTS = tuple(table.json_paths for table in STAGING if table.json_paths)
WORK_PREFIX = "sparkify/"  # manifests; and what UNLOAD writes
SERVICES = ("redshift.amazonaws.com", "redshift-serverless.amazonaws.com")
POLICY_NAME = "sparkify-copy"
# A role without it was made by somebody else, and is neither changed nor removed.
MARK = {"Key": "made-by", "Value": "sparkify_redshift_cluster"}


class RoleOfAnother(ValueError):
    """A role of this name is there, and was not made here."""


def trust_policy() -> dict[str, Any]:
    """Who may use the role: Redshift, provisioned or serverless."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": list(SERVICES)},
        "Action": "sts:AssumeRole",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def access_policy(
    source_bucket: str, work_bucket: str, *, partition: str = "aws"
) -> dict[str, Any]:
    """What the role may: read the sources, read and write below the work prefix.

    Listing is held to the prefixes by what is asked for, since its resource is the bucket.
    Where a bucket lies is asked for without a prefix.

    Sources: Redshift's manual, "IAM permissions for COPY, UNLOAD, and CREATE LIBRARY"; the
    service authorization reference, "Actions for Amazon S3".
    """
    source, work = (f"arn:{partition}:s3:::{name}" for name in (source_bucket, work_bucket))
    read = [*(f"{prefix}*" for prefix in READ_PREFIXES), *READ_OBJECTS]
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow("ReadSource", ["s3:GetObject"], [f"{source}/{key}" for key in read]),
            _allow("ListSource", ["s3:ListBucket"], [source], prefixes=read),
            _allow(
                "ReadAndWriteWork", ["s3:GetObject", "s3:PutObject"], [f"{work}/{WORK_PREFIX}*"]
            ),
            _allow("ListWork", ["s3:ListBucket"], [work], prefixes=[f"{WORK_PREFIX}*"]),
            _allow("LocateBuckets", ["s3:GetBucketLocation"], [source, work]),
        ],
    }


def _allow(
    name: str, actions: list[str], resources: list[str], prefixes: list[str] | None = None
) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": name, "Effect": "Allow"}
    statement |= {"Action": actions, "Resource": resources}
    if prefixes is not None:
        statement["Condition"] = {"StringLike": {"s3:prefix": prefixes}}
    return statement


def ensure_role(iam: Any, name: str, *, source_bucket: str, work_bucket: str) -> str:
    """Make the role, or bring the one that is there to what it shall be; its ARN.

    :raises RoleOfAnother: it was not made here.
    """
    access = access_policy(source_bucket, work_bucket, partition=iam.meta.partition)
    try:
        role = iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(trust_policy()),
            Description="COPY and UNLOAD of Sparkify's warehouse",
            Tags=[MARK],
        )["Role"]
        log.info("Role %s: created", role["Arn"])
    except iam.exceptions.EntityAlreadyExistsException:
        role = _own(iam, name)
        if role["AssumeRolePolicyDocument"] != trust_policy():
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust_policy()))
            log.info("Role %s: who may use it was brought up to date", role["Arn"])
    if _access(iam, name) != access:
        iam.put_role_policy(
            RoleName=name, PolicyName=POLICY_NAME, PolicyDocument=json.dumps(access)
        )
        log.info("Role %s: what it may was brought up to date", role["Arn"])
    others = {*_policies(iam, name), *_attached(iam, name)} - {POLICY_NAME}
    if others:
        log.warning("Role %s may more than it needs: %s", role["Arn"], ", ".join(sorted(others)))
    return str(role["Arn"])


def remove_role(iam: Any, name: str) -> bool:
    """Remove the role and its policies; False where there is none.

    :raises RoleOfAnother: it was not made here.
    """
    try:
        _own(iam, name)
    except iam.exceptions.NoSuchEntityException:
        return False
    for policy in _policies(iam, name):
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for arn in _attached(iam, name):
        iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    iam.delete_role(RoleName=name)
    return True


def find_role(iam: Any, name: str) -> str | None:
    """The role's ARN; None where there is none."""
    with suppress(iam.exceptions.NoSuchEntityException):
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])
    return None


def _own(iam: Any, name: str) -> dict[str, Any]:
    role: dict[str, Any] = iam.get_role(RoleName=name)["Role"]
    if MARK not in role.get("Tags", []):
        raise RoleOfAnother(
            f"role {role['Arn']} was not made by sparkify_redshift_cluster and is left as it is:"
            f" give another role name, or tag it {MARK['Key']}={MARK['Value']}"
        )
    return role


def _access(iam: Any, name: str) -> Any:
    with suppress(iam.exceptions.NoSuchEntityException):
        return iam.get_role_policy(RoleName=name, PolicyName=POLICY_NAME)["PolicyDocument"]
    return None


def _policies(iam: Any, name: str) -> list[str]:
    pages = iam.get_paginator("list_role_policies").paginate(RoleName=name)
    return [policy for page in pages for policy in page["PolicyNames"]]


def _attached(iam: Any, name: str) -> list[str]:
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
    return [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]
