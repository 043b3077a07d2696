"""The DAG from end to end: from files in S3 to the seven tables."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowFailException

from local.sample_data import Parameters, write
from sparkify.model import STAGING, STAGING_EVENTS, STAGING_SONGS
from tests.dags.expected import expected_counts, expected_tables
from tests.support.aws import put_data
from tests.support.runs import (
    ROOT,
    dump,
    empty_tables,
    event,
    put_lines,
    put_paths,
    query,
    run_dag,
    song,
)

# Ten real days and 1,761 real songs, if the machine has them.
REAL_DATA = Path(os.environ.get("SPARKIFY_REAL_DATA", ROOT.parent / "shared" / "data"))
DAYS = 2


@pytest.fixture(scope="session")
def etl() -> Any:
    bag = DagBag(str(ROOT / "dags" / "sparkify_etl.py"))
    assert bag.import_errors == {}
    return bag.dags["sparkify_etl"]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "data"
    write(folder, Parameters(days=DAYS, events=500, songs=60))
    return folder


@pytest.fixture
def load(etl: Any, bucket: str, warehouse: Any) -> Callable[..., dict[str, Any]]:
    """Run the whole DAG for a window."""

    def run(start: str, end: str, tries: int = 1) -> dict[str, Any]:
        return run_dag(etl, (start, end), bucket=bucket, tries=tries)

    return run


def hours(start: str, count: int) -> list[tuple[str, str]]:
    first = datetime.fromisoformat(start)
    edges = [(first + timedelta(hours=n)).isoformat() for n in range(count + 1)]
    return list(pairwise(edges))


def test_the_tables_hold_what_an_independent_reading_of_the_files_says(
    bucket, warehouse, load, sample, conn_type
):
    put_data(bucket, sample)
    load("2018-11-01T00:00:00Z", "2018-11-03T00:00:00Z")
    assert _counts_as_expected(warehouse, sample)["songplays"] > 200


def test_thirty_hours_in_one_run_and_hour_by_hour_give_the_same_tables(
    bucket, warehouse, load, sample
):
    put_data(bucket, sample)
    load("2018-11-01T18:00:00Z", "2018-11-03T00:00:00Z")
    at_once = dump(warehouse)
    empty_tables(warehouse)
    for window in hours("2018-11-01T18:00:00+00:00", 30):
        load(*window)
    assert dump(warehouse) == at_once
    assert len(at_once["songplays"]) > 150


def test_hours_out_of_order_twice_and_four_at_once_give_the_same_tables(
    bucket, isolation, warehouse, load, sample
):
    put_data(bucket, sample)
    load("2018-11-01T00:00:00Z", "2018-11-02T00:00:00Z")
    at_once = dump(warehouse)
    empty_tables(warehouse)
    windows = hours("2018-11-01T00:00:00+00:00", 24)
    shuffled = windows[::3] + windows[2::3] + windows[1::3] + windows[5:9]
    tries = 5 if isolation == "serializable" else 1  # Airflow retries error 1023
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda window: load(*window, tries), shuffled))
    assert dump(warehouse) == at_once
    assert all(answer["check_quality"]["failed"] == 0 for answer in answers)


def test_a_second_run_of_a_window_changes_nothing(bucket, isolation, warehouse, load, sample):
    put_data(bucket, sample)
    window = ("2018-11-02T00:00:00Z", "2018-11-02T12:00:00Z")
    load(*window)
    first = dump(warehouse)
    load(*window)
    assert dump(warehouse) == first


def test_songs_that_arrive_after_their_plays_end_in_the_same_tables(
    s3, bucket, isolation, warehouse, load
):
    put_paths(s3, bucket)
    plays = [event("2018-11-05T10:00:00"), event("2018-11-05T11:00:00", itemInSession=1)]
    put_lines(s3, bucket, "log_data/2018/11/2018-11-05-events.json", plays)
    put_lines(s3, bucket, "song_data/0.json", [song("S9", title="Other")])
    load("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
    assert query(warehouse, "select song_id from songplays") == [(None,)]
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    load("2018-11-05T11:00:00Z", "2018-11-05T12:00:00Z")
    assert query(warehouse, "select song_id, artist_id from songplays") == [("S1", "AR1")] * 2


def test_an_hour_without_events_is_loaded_as_empty_and_passes_its_checks(
    s3, bucket, warehouse, load
):
    put_paths(s3, bucket)
    put_lines(s3, bucket, "log_data/2018/11/2018-11-05-events.json", [event("2018-11-05T20:00:00")])
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    answers = load("2018-11-05T03:00:00Z", "2018-11-05T04:00:00Z")
    assert answers["stage_events"]["staged"] == 0
    assert answers["check_quality"]["failed"] == 0
    assert query(warehouse, "select count(*) from songplays") == [(0,)]


def test_without_an_object_for_the_window_songs_are_loaded_and_late_plays_filled_in(
    s3, bucket, warehouse, load
):
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/0.json", [song("S9", title="Other")])
    put_lines(s3, bucket, "log_data/2018/11/2018-11-05-events.json", [event("2018-11-05T10:00:00")])
    load("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    answers = load("2030-01-01T00:00:00Z", "2030-01-01T01:00:00Z")
    skipped = {task for task, answer in answers.items() if answer is None}
    assert skipped >= {"stage_events", "load_users", "load_time"}
    assert not skipped & {"stage_songs", "load_songs", "load_artists", "load_songplays"}
    assert query(warehouse, "select song_id from songplays") == [("S1",)]
    s3.delete_object(Bucket=bucket, Key="song_data/1.json")
    answers = load("2030-01-01T00:00:00Z", "2030-01-01T01:00:00Z")
    assert query(warehouse, "select song_id from songplays") == [(None,)]
    assert answers["check_quality"]["failed"] == 0


def test_a_bad_song_in_a_file_does_not_stop_the_hour(s3, bucket, warehouse, load):
    put_paths(s3, bucket)
    put_lines(s3, bucket, "log_data/2018/11/2018-11-05-events.json", [event("2018-11-05T10:00:00")])
    put_lines(s3, bucket, "song_data/1.json", [song("S1"), song("S2", year="nineteen")])
    answers = load("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
    assert answers["stage_songs"]["rejected"] == 1
    warned = {"no_rows_rejected", "staging_songs_contract"}
    assert (answers["check_quality"]["failed"], _warned(warehouse)) == (0, warned)


def test_a_day_file_that_lost_rows_is_loaded_as_it_is_with_a_warning(s3, bucket, warehouse, load):
    put_paths(s3, bucket)
    key = "log_data/2018/11/2018-11-05-events.json"
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    put_lines(s3, bucket, key, [event("2018-11-05T10:00:00")])
    put_lines(s3, bucket, key.replace("05-e", "04-e"), [event("2018-11-04T10:00:00", sessionId=2)])
    load("2018-11-04T00:00:00Z", "2018-11-06T00:00:00Z")
    s3.put_object(Bucket=bucket, Key=key, Body=b"")
    load("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
    assert query(warehouse, "select session_id from songplays") == [(2,)]
    assert ("staging_events_objects_not_shrunk",) in query(
        warehouse, "select check_name from quality_results where status = 'warned'"
    )


def test_every_statement_of_a_run_reaches_redshift_through_redshift_connector(
    bucket, warehouse, load, sample, endpoint
):
    """The driver sends its name at start-up, and the endpoint records it for each session."""
    import redshift_connector

    connected = []
    original = redshift_connector.connect

    def connect(**arguments: Any) -> Any:
        connected.append(arguments["port"])
        return original(**arguments)

    put_data(bucket, sample)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redshift_connector, "connect", connect)
        answers = load("2018-11-01T00:00:00Z", "2018-11-02T00:00:00Z")
    assert set(connected) == {endpoint.port}
    assert len(connected) >= len([task for task, answer in answers.items() if answer is not None])


def test_a_new_key_is_reported_before_the_load_and_kept_with_the_checks(
    s3, bucket, warehouse, load
):
    put_paths(s3, bucket)
    put_lines(
        s3,
        bucket,
        "log_data/2018/11/2018-11-05-events.json",
        [event("2018-11-05T10:00:00", device="phone"), *(["{bad"] * 19)],
    )
    with pytest.raises(AirflowFailException, match="may be"):
        load("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
    contract = "select status, sample_rows from quality_results where check_name like '%contract'"
    ((status, rows),) = query(warehouse, contract)
    assert status == "warned"
    assert json.loads(rows)[0]["key"] == "device"


@pytest.mark.skipif(not REAL_DATA.is_dir(), reason="the real data is not on this machine")
def test_ten_real_days_are_what_an_independent_reading_of_the_files_says(bucket, warehouse, load):
    put_data(bucket, REAL_DATA)
    load("2018-11-01T00:00:00Z", "2018-11-11T00:00:00Z")
    assert _counts_as_expected(warehouse, REAL_DATA)["staging_events"] == 1882
    assert _warned(warehouse) == set()


def _warned(warehouse: Any) -> set[str]:
    """The checks that did not pass, except freshness checks of sources that have no files here."""
    rows = query(warehouse, "select check_name from quality_results where status <> 'passed'")
    others = set(STAGING) - {STAGING_EVENTS, STAGING_SONGS}
    return {name for (name,) in rows} - {f"{table.name}_fresh" for table in others}


def _counts_as_expected(warehouse: Any, folder: Path) -> dict[str, int]:
    """Compare the tables with counts from the files; returns the row counts."""
    expected = expected_counts(folder)
    counts = {table: len(rows) for table, rows in dump(warehouse, tuple(expected)).items()}
    assert counts == expected
    for table, rows in expected_tables(folder).items():
        key, column = ("user_id", "level") if table == "users" else ("songplay_id", "song_id")
        assert dict(query(warehouse, f"select {key}, {column} from {table}")) == rows
    return counts
