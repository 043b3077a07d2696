"""Clients of the one server that stands for AWS in tests."""

from __future__ import annotations

from typing import Any

from local.s3 import ACCESS_KEY, REGION, SECRET_KEY

ACCOUNT = "123456789012"  # the server's own


def aws_client(service: str, endpoint_url: str) -> Any:
    """A boto3 client of it."""
    import boto3

    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )


def server_side(cluster_identifier: str) -> Any:
    """The server's own record of a cluster, whose state changes at once when it is asked to;
    the states between are written here."""
    from moto.redshift.models import redshift_backends

    return redshift_backends[ACCOUNT][REGION].clusters[cluster_identifier]
