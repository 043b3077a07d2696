"""Operators that the tests in this folder share."""

from __future__ import annotations

from typing import Any

import pytest

from sparkify.model import STAGING_EVENTS, STAGING_SONGS
from sparkify.operators import StageToRedshiftOperator
from tests.support.runs import put_paths, stage


@pytest.fixture
def stage_events(s3: Any, bucket: str, warehouse: Any) -> Any:
    """Creates an operator that stages events."""
    put_paths(s3, bucket)

    def make(**changes: Any) -> StageToRedshiftOperator:
        return stage(
            STAGING_EVENTS,
            **{"bucket": bucket, "task_id": "stage_events", "contract": None, "key_owner": None}
            | changes,
        )

    return make


@pytest.fixture
def stage_songs(bucket: str, warehouse: Any) -> Any:
    """Creates an operator that stages songs."""

    def make(**changes: Any) -> StageToRedshiftOperator:
        return stage(
            STAGING_SONGS,
            **{"bucket": bucket, "task_id": "stage_songs", "contract": None} | changes,
        )

    return make
