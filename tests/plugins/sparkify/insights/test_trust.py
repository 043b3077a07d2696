"""The page Trust shows loads and rejected rows."""

from __future__ import annotations

from typing import Any

import pytest

from sparkify.insights.answers import Answer, trust
from sparkify.warehouse.session import Warehouse
from tests.quality.good_data import insert
from tests.support.runs import etl_dag, event, put_lines, put_paths, query, run_dag, song

KEY = "log_data/2018/11/2018-11-05-events.json"


def read() -> dict[str, Answer]:
    with Warehouse.connect("redshift_default") as warehouse:
        return trust(warehouse)


@pytest.fixture
def three_hours(s3: Any, bucket: str, warehouse: Any) -> Any:
    """A bad line in a file that three hourly runs have read."""
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    good = [event("2018-11-05T10:00:00", itemInSession=n) for n in range(20)]
    put_lines(s3, bucket, KEY, [*good, "{cut"])
    for hour in (10, 11, 12):
        window = (f"2018-11-05T{hour}:00:00Z", f"2018-11-05T{hour + 1}:00:00Z")
        run_dag(etl_dag(), window, bucket=bucket)
    return warehouse


def test_a_rejected_line_is_one_row_however_many_loads_read_it(three_hours, conn_type):
    assert query(three_hours, "select count(*) from load_errors") == [(3,)]
    ((last_at,),) = query(three_hours, "select max(rejected_at) from load_errors")
    answers = read()
    (reason,) = answers["reject_reasons"].records()
    assert (reason["rejected_rows"], reason["last_at"]) == (1, last_at)
    (row,) = answers["rejected_rows"].records()
    assert (row["line_number"], row["raw_text"], row["last_at"]) == (21, "{cut", last_at)


def test_two_bad_lines_of_one_text_are_two_rejected_rows(warehouse):
    for line in (1, 2):
        insert(warehouse, "load_errors", load_id=1, table_name="staging_events", object_key="a",
               line_number=line, reason="bad", raw_text="{", verdict="bad",
               rejected_at="2018-11-05")  # fmt: skip
    answers = read()
    assert [row["rejected_rows"] for row in answers["reject_reasons"].records()] == [2]
    assert [row["verdict"] for row in answers["rejected_rows"].records()] == ["bad", "bad"]


def test_a_load_counts_the_objects_that_it_read_and_the_verdict_of_each_row(warehouse):
    load = {"load_id": 1, "table_name": "staging_songs", "run_id": "r", "loaded_at": "2018-11-05"}
    counts = {"rows_read": 21, "rows_staged": 1, "rows_outside": 2, "rows_rejected": 3,
              "rows_misplaced": 4, "rows_identical": 5, "rows_conflicting": 6}  # fmt: skip
    insert(warehouse, "load_ledger", **load, object_key="s3://b/song_data/*", **counts)
    for name in ("1.json", "2.json"):
        insert(warehouse, "load_ledger", **load, object_key=name, etag="e")
    insert(warehouse, "load_ledger", **load, object_key="_SUCCESS", etag="e", ignored_by="hidden")
    (row,) = read()["last_loads"].records()
    assert row["objects"] == 2
    assert {name: row[name] for name in counts} == counts
