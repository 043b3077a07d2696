"""Clients of AWS under one of Airflow's connections."""

from __future__ import annotations

from typing import Any


def client_of(aws_conn_id: str, service: str) -> Any:
    """A boto3 client of a service, with the connection's credentials, region and endpoint."""
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    return AwsBaseHook(aws_conn_id=aws_conn_id, client_type=service).get_conn()
