"""Operators that the tests of this folder share."""

from __future__ import annotations

from typing import Any

import pytest

from sparkify.operators import StageToRedshiftOperator
from tests.runs import put_paths, song

EVENT_COLUMNS = [
    "artist",
    "auth",
    "first_name",
    "gender",
    "item_in_session",
    "last_name",
    "length",
    "level",
    "location",
    "method",
    "page",
    "registration",
    "session_id",
    "song",
    "status",
    "ts",
    "user_agent",
    "user_id",
]


@pytest.fixture
def stage_events(s3: Any, bucket: str, warehouse: Any) -> Any:
    """Make an operator that stages events."""
    put_paths(s3, bucket)

    def make(**changes: Any) -> StageToRedshiftOperator:
        return StageToRedshiftOperator(
            **{
                "task_id": "stage_events",
                "table": "staging_events",
                "columns": EVENT_COLUMNS,
                "key_columns": ["session_id", "item_in_session"],
                "bucket": bucket,
                "key": "log_data/%Y/%m/%Y-%m-%d-events.json",
                "partition": "day",
                "event_time": "ts",
                "json": f"s3://{bucket}/log_json_path.json",
                "copy_options": ["TIMEFORMAT 'epochmillisecs'", "EMPTYASNULL"],
                "work_bucket": bucket,
            }
            | changes
        )

    return make


@pytest.fixture
def stage_songs(bucket: str, warehouse: Any) -> Any:
    """Make an operator that stages songs."""

    def make(**changes: Any) -> StageToRedshiftOperator:
        return StageToRedshiftOperator(
            **{
                "task_id": "stage_songs",
                "table": "staging_songs",
                "columns": list(song("S1")),
                "key_columns": ["song_id"],
                "bucket": bucket,
                "key": "song_data/",
                "copy_options": ["EMPTYASNULL"],
                "work_bucket": bucket,
            }
            | changes
        )

    return make
