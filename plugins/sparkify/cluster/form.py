"""The fields of the trigger forms about a cluster, as JSON Schema.

Sources: Redshift's API reference, "CreateCluster", "CreateClusterSubnetGroup"; IAM's,
"CreateRole". Refused here, a value costs a second; refused there, minutes.
"""

from __future__ import annotations

from typing import Any

# Python's `$` is before a newline at the end, too.
_END = r"(?!\n)$"

CLUSTER_IDENTIFIER: dict[str, Any] = {
    "type": "string",
    "title": "Cluster",
    "description": "The cluster's identifier: lower-case letters, digits and single hyphens.",
    "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*" + _END,
    "minLength": 1,
    "maxLength": 63,
}
ROLE_NAME: dict[str, Any] = {
    "type": "string",
    "title": "IAM role",
    "description": "The name of the role under which Redshift reads S3.",
    "pattern": "^[A-Za-z0-9+=,.@_-]+" + _END,
    "minLength": 1,
    "maxLength": 64,
}
NODE_TYPE: dict[str, Any] = {
    "type": "string",
    "title": "Node type",
    "description": "ra3.4xlarge, ra3.16xlarge and their like need two nodes or more.",
    "enum": [
        *("ra3.large", "ra3.xlplus", "ra3.4xlarge", "ra3.16xlarge"),
        *("rg.large", "rg.xlarge", "rg.4xlarge", "rg.12xlarge"),
    ],
}
NUMBER_OF_NODES: dict[str, Any] = {
    "type": "integer",
    "title": "Nodes",
    "description": "1 makes a single-node cluster.",
    "minimum": 1,
    "maximum": 100,
}
DATABASE: dict[str, Any] = {
    "type": "string",
    "title": "Database",
    "description": "The first database: lower-case letters and digits.",
    "pattern": "^[a-z][a-z0-9]*" + _END,
    "minLength": 1,
    "maxLength": 64,
}
MASTER_USER: dict[str, Any] = {
    "type": "string",
    "title": "Admin user",
    "description": "Its password is made and kept by AWS Secrets Manager.",
    "pattern": "^[a-z][a-z0-9_+.@-]*" + _END,
    "minLength": 1,
    "maxLength": 128,
    "not": {"const": "public"},
}
ENCRYPTED: dict[str, Any] = {
    "type": "boolean",
    "title": "Encrypted at rest",
    "description": "Redshift refuses new clusters without.",
}
PUBLICLY_ACCESSIBLE: dict[str, Any] = {
    "type": "boolean",
    "title": "Reachable from the internet",
    "description": "Better not: let Airflow reach it inside the VPC.",
}
SUBNET_GROUP: dict[str, Any] = {
    "type": ["null", "string"],
    "title": "Subnet group",
    "description": "Empty: the default one.",
    "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*" + _END,
    "maxLength": 255,
}
SECURITY_GROUPS: dict[str, Any] = {
    "type": ["null", "array"],
    "title": "Security groups",
    "description": "Ids of VPC security groups, one a line. Empty: the VPC's default.",
    "items": {"type": "string", "pattern": "^sg-[0-9a-f]{8,17}" + _END},
    "uniqueItems": True,
}
