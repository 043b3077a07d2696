"""What tests of whole runs share."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def one_client_of_s3(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """To make a client takes longer than to run a task with it, and tests run hundreds."""
    monkeypatch.setattr("airflow.providers.amazon.aws.hooks.s3.S3Hook.get_conn", lambda hook: s3)
