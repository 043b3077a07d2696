"""Clients, an Airflow connection and internals of the moto server that stands in for AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.s3 import ACCESS_KEY, REGION, SECRET_KEY, data_files

ACCOUNT = "123456789012"  # the server's own


def aws_client(service: str, endpoint_url: str, region: str = REGION) -> Any:
    """A boto3 client for the server."""
    import boto3

    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )


def aws_connection(
    endpoint_url: str, *, key: str = ACCESS_KEY, secret: str = SECRET_KEY, **extra: Any
) -> str:
    """The value of AIRFLOW_CONN_AWS_DEFAULT for the server."""
    extra |= {"endpoint_url": endpoint_url, "region_name": REGION}
    return json.dumps({"conn_type": "aws", "login": key, "password": secret, "extra": extra})


def put_data(bucket: str, directory: Path) -> None:
    """Put a data directory's files into a bucket of this process's server."""
    put_objects(bucket, {key: path.read_bytes() for key, path in data_files(directory).items()})


def put_objects(bucket: str, bodies: Mapping[str, bytes]) -> None:
    """Write objects, by their keys, into the server's memory: HTTP takes 5 ms for each."""
    from moto.s3.models import s3_backends

    for key, body in bodies.items():
        s3_backends[ACCOUNT]["aws"].put_object(bucket, key, body)


def server_side_stack(name: str) -> Any:
    """The server's internal record of a stack. Changes to it take effect at once."""
    from moto.cloudformation.models import cloudformation_backends

    return cloudformation_backends[ACCOUNT][REGION].get_stack(name)
