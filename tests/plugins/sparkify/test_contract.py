"""Drift of a source from its contract, in a sample of its objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sparkify.contract import sample
from sparkify.include import CONTRACTS
from sparkify.sources import find
from tests.files import files
from tests.runs import event, put_lines, song

KEY = "log_data/2018/11/2018-11-05-events.json"


def drifts(s3: Any, bucket: str, rows: list[Any]) -> dict[tuple[str, str], int]:
    put_lines(s3, bucket, KEY, rows)
    found = sample(s3, find(s3, bucket, KEY), "events.json")
    return {(drift.key, drift.change): drift.records for drift in found.drifts}


def test_records_as_the_contract_has_them_are_no_drift(s3, bucket):
    rows = [event("2018-11-05T10:00:00"), event("2018-11-05T10:00:00", artist=311, length=None)]
    assert drifts(s3, bucket, rows) == {}


def test_a_new_a_missing_and_a_retyped_key_are_each_told_with_an_example(s3, bucket):
    odd = event("2018-11-05T10:00:00", sessionId="1", device="phone")
    del odd["page"]
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00"), odd, odd])
    found = sample(s3, find(s3, bucket, KEY), "events.json")
    assert found.records == 3
    told = {drift.key: (drift.change, drift.records, drift.detail) for drift in found.drifts}
    assert told == {
        "device": ("new", 2, "COPY passes it over"),
        "page": ("missing", 2, "its column will be null"),
        "sessionId": ("retyped", 2, '"1", not integer'),
    }
    assert {drift.example for drift in found.drifts} == {json.dumps(odd)[:500]}
    assert {drift.object_key for drift in found.drifts} == {f"s3://{bucket}/{KEY}"}


def test_several_missing_keys_of_one_record_count_as_one_record_each(s3, bucket):
    assert drifts(s3, bucket, ["{}"]) == dict.fromkeys(
        [(key, "missing") for key in event("2018-11-05")], 1
    )


def test_a_change_at_the_end_of_a_long_file_is_seen(s3, bucket):
    rows = [event("2018-11-05T10:00:00", itemInSession=n) for n in range(2000)]
    assert drifts(s3, bucket, [*rows, event("2018-11-05T11:00:00", device="phone")]) == {
        ("device", "new"): 1
    }


def test_of_many_objects_some_are_read_from_the_first_on(s3, bucket):
    for number in range(45):
        put_lines(s3, bucket, f"song_data/{number:02d}.json", [song("S", label="x")])
    found = sample(s3, find(s3, bucket, "song_data/"), "songs.json")
    assert found.records == 20
    assert found.drifts[0].object_key.endswith("/00.json")


def test_what_is_no_json_is_left_to_copy(s3, bucket):
    assert drifts(s3, bucket, ["{broken", "[]", "", "\ufeff", event("2018-11-05T10:00:00")]) == {}


@pytest.mark.parametrize("path", files(CONTRACTS, "*.json"), ids=lambda path: path.name)
def test_a_contract_is_a_json_schema_that_asks_for_all_of_its_keys_and_no_other(path: Path):
    schema = json.loads(path.read_text())
    Draft202012Validator.check_schema(schema)
    assert schema["required"] == list(schema["properties"])
    assert schema["additionalProperties"] is False
