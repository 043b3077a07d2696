"""Differences between a sample of a source's objects and the source's contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sparkify.include import CONTRACTS
from sparkify.loads.objects import S3Object, list_below
from sparkify.quality import contract
from sparkify.quality.contract import sample
from tests.support.files import files
from tests.support.runs import event, put_lines, song

KEY = "log_data/2018/11/2018-11-05-events.json"


def drifts(s3: Any, bucket: str, rows: list[Any]) -> dict[tuple[str, str], int]:
    put_lines(s3, bucket, KEY, rows)
    sampled = sample(s3, list_below(s3, bucket, KEY).objects, "events.json")
    return {(drift.key, drift.change): drift.records for drift in sampled.drifts}


def test_records_as_the_contract_has_them_are_no_drift(s3, bucket):
    rows = [event("2018-11-05T10:00:00"), event("2018-11-05T10:00:00", artist=311, length=None)]
    assert drifts(s3, bucket, rows) == {}


def test_a_new_a_missing_and_a_retyped_key_are_each_reported_with_an_example(s3, bucket):
    odd = event("2018-11-05T10:00:00", sessionId="1", device="phone")
    del odd["page"]
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00"), odd, odd])
    sampled = sample(s3, list_below(s3, bucket, KEY).objects, "events.json")
    assert sampled.records == 3
    expected = {drift.key: (drift.change, drift.records, drift.detail) for drift in sampled.drifts}
    assert expected == {
        "device": ("new", 2, "COPY passes it over"),
        "page": ("missing", 2, "its column will be null"),
        "sessionId": ("retyped", 2, '"1", not integer'),
    }
    assert {drift.example for drift in sampled.drifts} == {json.dumps(odd)[:500]}
    assert {drift.object_key for drift in sampled.drifts} == {f"s3://{bucket}/{KEY}"}


def test_several_missing_keys_of_one_record_count_as_one_record_each(s3, bucket):
    assert drifts(s3, bucket, ["{}"]) == dict.fromkeys(
        [(key, "missing") for key in event("2018-11-05")], 1
    )


def test_a_change_at_the_end_of_a_long_file_is_detected(s3, bucket):
    rows = [event("2018-11-05T10:00:00", itemInSession=n) for n in range(2000)]
    assert drifts(s3, bucket, [*rows, event("2018-11-05T11:00:00", device="phone")]) == {
        ("device", "new"): 1
    }


def test_a_sample_of_many_objects_starts_at_the_first(s3, bucket):
    for number in range(45):
        put_lines(s3, bucket, f"song_data/{number:02d}.json", [song("S", label="x")])
    sampled = sample(s3, list_below(s3, bucket, "song_data/").objects, "songs.json")
    assert sampled.records == 20
    assert sampled.drifts[0].object_key.endswith("/00.json")


def test_the_sample_leaves_invalid_json_to_copy(s3, bucket):
    assert drifts(s3, bucket, ["{broken", "[]", "", "\ufeff", event("2018-11-05T10:00:00")]) == {}


@pytest.mark.parametrize(
    "body",
    [b"{broken", b"\0" * 200_000, b"x" * 500_000, b'{"a":' * 100_000, b"[" * 100_000],
    ids=["broken", "zeros", "one long line", "deep objects", "deep arrays"],
)
def test_a_sample_without_a_record_does_not_pass_and_raises_nothing(body, s3, bucket):
    s3.put_object(Bucket=bucket, Key=KEY, Body=body)
    result = sample(s3, list_below(s3, bucket, KEY).objects, "events.json").as_result("contract")
    assert (result.status, result.sample) == ("warned", [{"trouble": "no record could be read"}])


def test_a_deep_record_is_left_out_of_the_sample(s3, bucket):
    deep = json.dumps(event("2018-11-05T10:00:00"))[:-1] + ', "x": ' + "[" * 5000 + "]" * 5000 + "}"
    assert drifts(s3, bucket, [deep, event("2018-11-05T10:00:00")]) == {}


def test_a_record_of_many_unknown_keys_is_bounded(s3, bucket):
    odd = event("2018-11-05T10:00:00") | {f"key{n}": n for n in range(5000)}
    assert len(drifts(s3, bucket, [odd])) == 50


def test_a_sample_that_takes_too_long_stops_and_says_so(s3, bucket, monkeypatch):
    monkeypatch.setattr(contract, "_MOST_SECONDS", -1)
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    result = sample(s3, list_below(s3, bucket, KEY).objects, "events.json").as_result("contract")
    assert result.status == "warned"
    assert "took longer than" in result.sample[0]["trouble"]


def test_a_deleted_object_does_not_fail_the_sample(s3, bucket):
    result = sample(s3, [S3Object(bucket, KEY, "x", 9)], "events.json").as_result("contract")
    assert result.status == "warned"
    assert "was deleted" in result.sample[0]["trouble"]


@pytest.mark.parametrize("path", files(CONTRACTS, "*.json"), ids=lambda path: path.name)
def test_a_contract_is_a_json_schema_that_asks_for_all_of_its_keys_and_no_other(path: Path):
    schema = json.loads(path.read_text())
    Draft202012Validator.check_schema(schema)
    assert schema["required"] == list(schema["properties"])
    assert schema["additionalProperties"] is False
