"""Loads from a faulty S3 either succeed, or leave nothing and name the object."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.failures import ConnectionLost, SourceChanged, Throttled
from sparkify.model import STAGING_EVENTS, STAGING_SONGS
from tests.faults.s3.s3_proxy import S3Proxy, after, answer, cut_short, delay, reset
from tests.support.aws import put_objects
from tests.support.runs import dump, event, put_lines, put_paths, query, run, song
from tests.support.runs import stage as stage_table

HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
KEY = "log_data/2018/11/2018-11-05-events.json"
LEFT_BY_LOADS = ("staging_events", "staging_songs", "load_ledger", "load_errors", "load_listings")

# The operator sends list requests and writes the manifest; COPY sends the reads.
LIST, READ = "GET .*list-type=2", "GET .*events.json"
READ_MANIFEST, WRITE_MANIFEST = "GET .*[.]manifest", "PUT .*[.]manifest"
LIST = "GET .*list-type=2"
READ_PATHS = "GET .*log_json_path.json"


@pytest.fixture(autouse=True)
def _few_attempts(monkeypatch: pytest.MonkeyPatch, connections: None) -> None:
    """Retry less, with a client of the test's own: clients have a quota of retries."""
    import os

    connection = json.loads(os.environ["AIRFLOW_CONN_AWS_DEFAULT"])
    connection["extra"]["config_kwargs"] = {
        "retries": {"mode": "standard", "max_attempts": 3},
        "user_agent_extra": uuid.uuid4().hex,
    }
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))


@pytest.fixture
def stage_events(s3: Any, bucket: str, warehouse: Any) -> Any:
    """Stage the only hour with events: a good row and a bad one."""
    put_paths(s3, bucket)
    put_lines(s3, bucket, KEY, [event("2018-11-05T10:00:00"), "{bad", *["{}"] * 2])

    def stage(**changes: Any) -> Any:
        operator = stage_table(
            STAGING_EVENTS, bucket, **{"contract": None, "key_owner": None} | changes
        )
        return run(operator, HOUR)

    return stage


@pytest.fixture
def stage_songs(bucket: str, warehouse: Any) -> Any:
    def stage() -> Any:
        return run(stage_table(STAGING_SONGS, bucket, contract=None))

    return stage


SLOW_DOWN = answer(503, "SlowDown")
INTERNAL = answer(500, "InternalError")
DENIED = answer(403, "AccessDenied")


def fails_with(
    kind: type[Exception], message: str, stage: Any, warehouse: Any, proxy: S3Proxy
) -> None:
    """The load fails with this message and leaves nothing. Without the fault it succeeds."""
    with pytest.raises(kind, match=message):
        stage()
    assert not any(dump(warehouse, LEFT_BY_LOADS).values())
    assert all(fault.hits for fault in proxy.faults)
    proxy.faults.clear()
    assert stage()["staged"] >= 1


@pytest.mark.parametrize(
    ("requests", "act", "times"),
    [
        (".", delay(0.1), 5),
        (LIST, SLOW_DOWN, 2),
        (WRITE_MANIFEST, SLOW_DOWN, 2),
        (READ_MANIFEST, SLOW_DOWN, 2),
        (READ_PATHS, SLOW_DOWN, 2),
        (READ, SLOW_DOWN, 2),
        (READ, INTERNAL, 1),
        (LIST, reset, 1),
        (WRITE_MANIFEST, reset, 1),
        (READ, reset, 1),
    ],
    ids=[
        "slow", "503 to LIST", "503 to PUT", "503 for the manifest", "503 for the paths", "503",
        "500", "reset of LIST", "reset of PUT", "reset",
    ],
)  # fmt: skip
def test_a_fault_of_a_few_requests_has_no_effect(
    requests, act, times, proxy, warehouse, stage_events
):
    fault = proxy.fail(requests, act, times)
    assert stage_events()["staged"] == 1
    assert fault.hits == times
    assert query(warehouse, "select rows_read, rows_rejected from load_ledger") == [(4, 3)]


@pytest.mark.parametrize(
    ("requests", "act", "kind", "named"),
    [
        (LIST, SLOW_DOWN, Throttled, "log_data/"),
        (WRITE_MANIFEST, SLOW_DOWN, Throttled, ".manifest"),
        pytest.param(READ, SLOW_DOWN, Throttled, KEY, marks=pytest.mark.deep),
        (LIST, INTERNAL, ConnectionLost, "log_data/"),
        (READ, INTERNAL, ConnectionLost, KEY),
        (LIST, reset, ConnectionLost, "log_data/"),
        (WRITE_MANIFEST, reset, ConnectionLost, ".manifest"),
        (READ_MANIFEST, reset, ConnectionLost, ".manifest"),
        (READ, reset, ConnectionLost, KEY),
        (READ, cut_short, ConnectionLost, KEY),
        (READ_MANIFEST, cut_short, ConnectionLost, ".manifest"),
        (READ_PATHS, cut_short, ConnectionLost, "log_json_path.json"),
        (LIST, DENIED, AirflowFailException, "log_data/"),
        (WRITE_MANIFEST, DENIED, AirflowFailException, ".manifest"),
        (READ, DENIED, AirflowFailException, KEY),
        (READ_MANIFEST, DENIED, AirflowFailException, ".manifest"),
    ],
    ids=[
        "503 to LIST", "503 to PUT", "503", "500 to LIST", "500", "reset of LIST", "reset of PUT",
        "reset of the manifest", "reset", "cut short", "manifest cut short", "paths cut short",
        "403 to LIST", "403 to PUT", "403", "403 for the manifest",
    ],
)  # fmt: skip
def test_a_permanent_fault_fails_by_its_kind_names_the_object_and_leaves_nothing(
    requests, act, kind, named, bucket, proxy, warehouse, stage_events
):
    proxy.fail(requests, act)
    message = rf"s3://{bucket}/.*{named}"
    fails_with(kind, message, stage_events, warehouse, proxy)


def test_an_object_cut_short_once_is_whole_at_the_next_try(bucket, proxy, warehouse, stage_events):
    proxy.fail(READ, cut_short, times=1)
    with pytest.raises(ConnectionLost, match=f"s3://{bucket}/{KEY}"):
        stage_events()
    assert not any(dump(warehouse, LEFT_BY_LOADS).values())
    assert stage_events()["staged"] == 1


def test_a_lost_connection_after_bad_rows_is_not_taken_for_bad_data(
    s3, bucket, proxy, warehouse, stage_events
):
    """The connection is lost after COPY has refused a row."""
    rows = [event("2018-11-05T10:00:00", itemInSession=n) for n in range(20_000)]
    put_lines(s3, bucket, KEY, ["{bad", *rows])
    proxy.fail(READ, cut_short)
    fails_with(ConnectionLost, f"s3://{bucket}/{KEY}", stage_events, warehouse, proxy)


def test_the_text_of_a_rejected_row_that_cannot_be_read_fails_and_leaves_nothing(
    bucket, proxy, warehouse, stage_events
):
    """The operator reads the object again to get the text of its bad lines."""
    copied: list[bool] = []
    proxy.fail(READ, after(lambda: copied.append(True)), times=1)  # COPY's own
    proxy.fail(READ, SLOW_DOWN)
    fails_with(Throttled, f"s3://{bucket}/{KEY}", stage_events, warehouse, proxy)
    assert copied


def test_an_object_that_is_deleted_before_it_is_read_is_listed_again(
    s3, bucket, proxy, warehouse, stage_events
):
    proxy.fail(READ, after(lambda: s3.delete_object(Bucket=bucket, Key=KEY)), times=1)
    with pytest.raises(SourceChanged, match=f"s3://{bucket}/{KEY} was deleted"):
        stage_events()
    assert not any(dump(warehouse, LEFT_BY_LOADS).values())
    with pytest.raises(Exception, match=f"no object at s3://{bucket}/{KEY}"):
        stage_events()


def test_an_archived_object_fails_at_once_and_says_what_to_do(
    s3, bucket, proxy, warehouse, stage_events
):
    content = s3.get_object(Bucket=bucket, Key=KEY)["Body"].read()
    s3.put_object(Bucket=bucket, Key=KEY, Body=content, StorageClass="GLACIER")
    message = f"InvalidObjectState: s3://{bucket}/{KEY}. The object is archived: restore it"
    with pytest.raises(AirflowFailException, match=message):
        stage_events()
    assert not any(dump(warehouse, LEFT_BY_LOADS).values())


def test_an_object_that_is_replaced_before_it_is_read_is_read_again(
    s3, bucket, proxy, warehouse, stage_events
):
    new = [event("2018-11-05T10:00:00", song="New")]
    proxy.fail(READ, after(lambda: put_lines(s3, bucket, KEY, new)), times=1)
    fails_with(SourceChanged, f"s3://{bucket}/{KEY} changed", stage_events, warehouse, proxy)
    assert query(warehouse, "select song from staging_events") == [("New",)]


def put_songs(bucket: str, number: int) -> None:
    """Write songs, one object each."""
    keys = (f"song_data/{at:05}.json" for at in range(number))
    put_objects(bucket, {key: json.dumps(song(f"S{at}")).encode() for at, key in enumerate(keys)})


def test_a_listing_that_fails_on_its_second_page_loads_nothing(
    bucket, proxy, warehouse, stage_songs
):
    put_songs(bucket, 1001)
    fault = proxy.fail(f"{LIST}.*continuation-token", SLOW_DOWN)
    with pytest.raises(Throttled, match=f"s3://{bucket}/song_data/"):
        stage_songs()
    assert fault.hits
    assert not any(dump(warehouse, LEFT_BY_LOADS).values())


@pytest.mark.deep
def test_ten_thousand_objects_are_loaded_through_sporadic_503s(
    bucket, proxy, warehouse, stage_songs
):
    put_songs(bucket, 10_000)
    fault = proxy.fail(".", SLOW_DOWN, every=50)
    assert stage_songs()["staged"] == 10_000
    assert fault.hits > 200
    assert query(warehouse, "select count(*), count(distinct song_id) from staging_songs") == [
        (10_000, 10_000)
    ]
    read = "select count(*) from load_ledger where etag is not null"  # one row has the sums of all
    assert query(warehouse, read) == [(10_000,)]
