"""Parses the CloudFormation templates for tests."""

from __future__ import annotations

from typing import Any

import yaml

from sparkify.include import CLOUDFORMATION


class _Loader(yaml.SafeLoader):
    """Parses CloudFormation's short forms as the long ones: `!Sub x` as `{"Fn::Sub": "x"}`."""


def _long_form(loader: Any, tag: str, node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value = node.value.split(".", 1) if tag == "GetAtt" else node.value
    else:
        value = loader.construct_sequence(node, deep=True)
    return {tag if tag == "Ref" else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _long_form)


def template(kind: str) -> dict[str, Any]:
    """The template of a kind, `provisioned` or `serverless`."""
    return yaml.load((CLOUDFORMATION / f"redshift-{kind}.yaml").read_text(), _Loader)


def role_policy(source_bucket: str, work_bucket: str, partition: str = "aws") -> dict[str, Any]:
    """The policy of COPY's role, with the buckets' names filled in."""
    (policy,) = template("provisioned")["Resources"]["CopyRole"]["Properties"]["Policies"]
    names = {"AWS::Partition": partition, "SourceBucket": source_bucket, "WorkBucket": work_bucket}
    return _resolved(policy["PolicyDocument"], names)


def _resolved(part: Any, names: dict[str, str]) -> Any:
    if isinstance(part, list):
        return [_resolved(item, names) for item in part]
    if not isinstance(part, dict):
        return part
    if "Fn::Sub" in part:
        text = part["Fn::Sub"]
        for name, value in names.items():
            text = text.replace(f"${{{name}}}", value)
        return text
    return {name: _resolved(value, names) for name, value in part.items()}
