"""Every object below a source's prefix is loaded, ignored by a stated rule, or reported."""

from __future__ import annotations

import bz2
import gzip
import json
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from sparkify.failures import SourceChanged
from sparkify.loads.copying import Copier
from tests.support.runs import event, put_lines, query, run, song

DAY = ("2018-11-05T00:00:00Z", "2018-11-06T00:00:00Z")
FOLDER = "log_data/2018/11/"
KEY = f"{FOLDER}2018-11-05-events.json"
IGNORED = {
    "folder/": "empty folder marker",
    "_SUCCESS": "_SUCCESS",
    ".DS_Store": ".DS_Store",
    "._2018-11-05-events.json": "._*",
    ".ipynb_checkpoints/2018-11-05-events-checkpoint.json": ".ipynb_checkpoints/",
}
UNCLAIMED = "staging_events_objects_claimed"


@pytest.mark.parametrize(
    "name",
    [
        "2018-11-05-events.json.2",
        "2018-11-05-events-2.json",
        "2018-11-05-events (1).json",
        "2018-11-05-events_part.2.json",
    ],
)
def test_a_second_file_of_a_day_is_loaded_with_the_day(name, s3, bucket, warehouse, stage_events):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    put_lines(s3, bucket, f"{FOLDER}{name}", [event("2018-11-05T11:00:00", itemInSession=1)])
    assert run(stage_events(), DAY)["staged"] == 2
    assert query(warehouse, "select count(*) from load_ledger where etag is not null") == [(2,)]


def test_a_days_only_file_may_be_a_second_one(s3, bucket, stage_events):
    put_lines(s3, bucket, f"{FOLDER}2018-11-05-events-2.json", [event("2018-11-05T10:00:00")])
    assert run(stage_events(), DAY)["staged"] == 1


@pytest.mark.parametrize(
    "key",
    [
        f"{FOLDER}2018-11-05-events.json.gz",
        f"{FOLDER}2018-11-05-event.json",
        f"{FOLDER}2018-11-05-events.json.md5",
        f"{FOLDER}2018-11-31-events.json",
        "log_data/2018/12/2018-11-05-events.json",
        "log_data/2999/01/2999-01-01-events.json",
        f"{FOLDER}2018-11-٠٥-events.json",
        "log_data/2018/11/05/2018-11-05-events.json",
        "log_data/README.txt",
        "log_data/not-empty/",
    ],
)
def test_an_object_that_belongs_to_no_day_is_reported_by_a_warning_that_names_it(
    key, s3, bucket, warehouse, stage_events, caplog
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    put_lines(s3, bucket, key, [event("2018-11-05T11:00:00", itemInSession=1)])
    assert run(stage_events(), DAY)["staged"] == 1
    assert f"s3://{bucket}/{key}" in caplog.text
    ((status, rows),) = query(
        warehouse,
        f"select status, sample_rows from quality_results where check_name = '{UNCLAIMED}'",
    )
    assert status == "warned"
    assert [row["object_key"] for row in json.loads(rows)] == [f"s3://{bucket}/{key}"]


def test_a_skipped_task_names_what_is_there_instead(s3, bucket, stage_events, caplog):
    put_lines(s3, bucket, f"{FOLDER}2018-11-05-event.json", [event("2018-11-05T10:00:00")])
    with pytest.raises(AirflowSkipException):
        run(stage_events(), DAY)
    assert "2018-11-05-event.json" in caplog.text


def test_a_run_ignores_files_of_other_days(s3, bucket, warehouse, stage_events):
    for day in ("2018-11-04", "2018-11-05", "2018-11-06"):
        put_lines(s3, bucket, f"{FOLDER}{day}-events.json", [event(f"{day}T10:00:00")])
    assert run(stage_events(), DAY)["objects"] == 1
    status = f"select status from quality_results where check_name = '{UNCLAIMED}'"
    assert query(warehouse, status) == [("passed",)]


@pytest.mark.parametrize(("name", "rule"), IGNORED.items())
def test_ignored_objects_are_named_in_the_log_and_once_in_the_ledger(
    name, rule, s3, bucket, warehouse, stage_events, caplog
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    body = b"" if name.endswith("/") else b"Bud1"
    s3.put_object(Bucket=bucket, Key=f"{FOLDER}{name}", Body=body)
    for _ in range(2):
        assert run(stage_events(), DAY)["objects"] == 1
    assert f"Ignored: s3://{bucket}/{FOLDER}{name} ({rule})" in caplog.text
    ignored = "select object_key, ignored_by from load_ledger where ignored_by is not null"
    assert query(warehouse, ignored) == [(f"s3://{bucket}/{FOLDER}{name}", rule)]


@pytest.mark.parametrize(("name", "rule"), IGNORED.items())
def test_ignored_objects_in_a_folder_are_never_read_or_missed(
    name, rule, s3, bucket, warehouse, stage_songs
):
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    body = b"" if name.endswith("/") else b"Bud1"
    s3.put_object(Bucket=bucket, Key=f"song_data/{name}", Body=body)
    assert run(stage_songs())["objects"] == 1
    ignored = "select object_key, ignored_by from load_ledger where ignored_by is not null"
    assert query(warehouse, ignored) == [(f"s3://{bucket}/song_data/{name}", rule)]
    assert run(stage_songs())["objects"] == 0
    s3.delete_object(Bucket=bucket, Key=f"song_data/{name}")
    assert run(stage_songs())["objects"] == 0  # nothing is read again


def test_a_key_that_ends_in_a_slash_and_has_bytes_is_an_object(s3, bucket, stage_songs):
    put_lines(s3, bucket, "song_data/A/", [song("S1")])
    assert run(stage_songs())["staged"] == 1


def test_a_file_that_lands_while_its_window_is_loaded_is_noticed_before_the_commit(
    s3, bucket, warehouse, stage_events, monkeypatch
):
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00")])
    copy = Copier.copy

    def copy_then_land(self: Copier, *arguments: Any) -> Any:
        account = copy(self, *arguments)
        late = event("2018-11-06T10:00:00", sessionId=2)
        put_lines(s3, bucket, f"{FOLDER}2018-11-06-events.json", [late])
        return account

    both = (DAY[0], "2018-11-07T00:00:00Z")
    monkeypatch.setattr(Copier, "copy", copy_then_land)
    with pytest.raises(SourceChanged, match=r"2018-11-06-events.json changed while it was loaded"):
        run(stage_events(), both)
    assert query(warehouse, "select count(*) from staging_events") == [(0,)]
    assert run(stage_events(), both)["staged"] == 2


@pytest.mark.parametrize(("option", "compress"), [("GZIP", gzip.compress), ("BZIP2", bz2.compress)])
def test_a_compressed_object_is_read_shown_and_sampled_decompressed(
    option, compress, s3, bucket, warehouse, stage_events
):
    rows = [event("2018-11-05T10:00:00", itemInSession=n) for n in range(3)]
    rows[1]["length"] = "long"
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    body = compress(b"".join(lines[:2])) + compress(lines[2])  # two members
    s3.put_object(Bucket=bucket, Key=KEY, Body=body)
    options = ["TIMEFORMAT 'epochmillisecs'", option]
    answer = run(stage_events(copy_options=options, contract="events.json"), DAY)
    assert (answer["staged"], answer["rejected"]) == (2, 1)
    ((number, reason, text),) = query(
        warehouse, "select line_number, reason, raw_text from load_errors"
    )
    assert (number, reason[:13], json.loads(text)) == (2, "Invalid digit", rows[1])
    ((rule, sample),) = query(
        warehouse,
        "select failing_rows, sample_rows from quality_results"
        " where check_name = 'staging_events_contract'",
    )
    assert rule == 1
    assert '"length"' in sample


def test_a_compressed_object_without_content_is_a_day_without_events(s3, bucket, stage_events):
    s3.put_object(Bucket=bucket, Key=KEY, Body=gzip.compress(b""))
    options = ["TIMEFORMAT 'epochmillisecs'", "GZIP"]
    assert run(stage_events(copy_options=options), DAY)["read"] == 0


def test_a_compressed_object_without_the_option_says_so(s3, bucket, stage_events):
    body = gzip.compress(json.dumps(event("2018-11-05T10:00:00")).encode())
    s3.put_object(Bucket=bucket, Key=KEY, Body=body)
    with pytest.raises(AirflowFailException, match=r"the object is gzip.*add GZIP"):
        run(stage_events(), DAY)
