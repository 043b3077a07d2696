"""Fixtures for tests of whole DAG runs."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def one_client_of_s3(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Share one S3 client: creating a client takes longer than a task that uses it."""
    monkeypatch.setattr("airflow.providers.amazon.aws.hooks.s3.S3Hook.get_conn", lambda hook: s3)
