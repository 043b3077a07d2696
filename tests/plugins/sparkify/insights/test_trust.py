"""The page Trust: its verdict, loads and rejected rows."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.insights.answers import Answer, trust
from sparkify.insights.reading import Reader, recent_days
from sparkify.insights.rendering import trust_page
from sparkify.model import TABLES
from sparkify.operators import AuditOperator
from sparkify.quality.suite import checks_of_audit
from sparkify.warehouse.session import Warehouse
from tests.quality.good_data import insert
from tests.support.runs import etl_dag, event, put_lines, put_paths, query, run, run_dag, song

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


@pytest.fixture
def page(s3: Any, bucket: str, warehouse: Any) -> Any:
    """A function that reads the page again and returns its HTML."""
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    put_lines(s3, bucket, KEY, PLAYS)
    return lambda: trust_page(Reader("redshift_default", lambda: (s3, bucket)).trust())


PLAYS = [event("2018-11-05T14:10:00"), event("2018-11-05T15:10:00", itemInSession=1)]
DAY = ("2018-11-05T00:00:00Z", "2018-11-06T00:00:00Z")
AN_HOUR = ("2018-11-05T14:00:00Z", "2018-11-05T15:00:00Z")


def verdict(html: str) -> str:
    """The text of the verdict, tags removed."""
    (block,) = re.findall(r'<div class="verdict \w+" role="status">(.*?)</div>', html, re.DOTALL)
    for section in re.findall(r'href="#([^"]+)"', block):
        assert f'id="{section}"' in html
    return " ".join(re.sub(r"<[^>]+>", " ", block).split())


def test_an_empty_warehouse_has_nothing_to_trust_yet(page):
    assert verdict(page()).startswith("Nothing has been loaded and checked yet.")


def test_all_is_well_after_a_run_over_all_files(page, bucket, conn_type):
    run_dag(etl_dag(), DAY, bucket=bucket)
    html = page()
    assert verdict(html) == "Complete and checked up to 2018-11-06 00:00:00 UTC."
    assert html.count('<span class="state passed">loaded just now</span>') == len(TABLES)
    assert '<span class="state warned">' not in html.split("checks-heading")[0]


def test_rows_that_came_late_stand_in_the_way_until_the_day_is_loaded_again(
    page, s3, bucket, conn_type
):
    run_dag(etl_dag(), DAY, bucket=bucket)
    put_lines(s3, bucket, KEY, [*PLAYS, event("2018-11-05T15:40:00", itemInSession=2)])
    run_dag(etl_dag(), AN_HOUR, bucket=bucket)
    text = verdict(page())
    assert text.startswith("Not complete. Checked up to 2018-11-06 00:00:00 UTC, but:")
    assert "1 late row waits in 1 hour of staging_events" in text
    assert "1 day has files that are not loaded: 2018-11-05" in text
    assert "2018-11-05: 1 hour out of date" in page()
    run_dag(etl_dag(), DAY, bucket=bucket)
    assert verdict(page()) == "Complete and checked up to 2018-11-06 00:00:00 UTC."


def test_a_refused_load_stands_in_the_way_until_it_succeeds(page, s3, bucket, conn_type):
    run_dag(etl_dag(), DAY, bucket=bucket)
    put_lines(s3, bucket, KEY, ["{cut"])
    with pytest.raises(AirflowFailException, match="nothing was loaded"):
        run_dag(etl_dag(), AN_HOUR, bucket=bucket)
    html = page()
    assert "1 load refused or failed: task" not in verdict(html)
    assert "1 load refused or failed: stage_events" in verdict(html)
    assert "reason: staging_events: nothing was loaded. No row of s3://" in html
    put_lines(s3, bucket, KEY, PLAYS)
    run_dag(etl_dag(), AN_HOUR, bucket=bucket)
    assert verdict(page()) == "Complete and checked up to 2018-11-06 00:00:00 UTC."


def test_a_refused_catalogue_is_settled_when_its_file_is_gone(page, s3, bucket):
    run_dag(etl_dag(), DAY, bucket=bucket)
    put_lines(s3, bucket, "song_data/2.json", ["{cut"])
    with pytest.raises(AirflowFailException, match="nothing was loaded"):
        run_dag(etl_dag(), AN_HOUR, bucket=bucket, only=["stage_songs"])
    assert "1 load refused or failed: stage_songs" in verdict(page())
    s3.delete_object(Bucket=bucket, Key="song_data/2.json")
    run_dag(etl_dag(), ("2018-11-05T16:00:00Z", "2018-11-05T17:00:00Z"), bucket=bucket)
    assert verdict(page()) == "Complete and checked up to 2018-11-06 00:00:00 UTC."


def test_a_failed_check_stands_in_the_way_until_its_window_passes(page, bucket, warehouse):
    run_dag(etl_dag(), DAY, bucket=bucket, run_id="one")
    query(warehouse, "update users set level = 'paid'")
    with pytest.raises(AirflowFailException, match="users_recomputed"):
        run_dag(etl_dag(), DAY, bucket=bucket, only=["check_quality"], run_id="one")
    assert "users_recomputed_in_window fails for 1 window" in verdict(page())
    query(warehouse, "update users set level = 'free'")
    run_dag(etl_dag(), DAY, bucket=bucket, only=["check_quality"], run_id="one")
    assert verdict(page()) == "Complete and checked up to 2018-11-06 00:00:00 UTC."


def test_a_load_that_fails_two_checks_is_one_failed_load(page, warehouse):
    for name in ("users_level", "users_key_unique_in_window"):
        insert(warehouse, "quality_results", dag_id="sparkify_etl", run_id="one",
               task_id="load_users", window_start="2018-11-05 14:00",
               window_end="2018-11-05 15:00", check_name=name, severity="error", status="failed",
               failing_rows=1, sample_rows="[]", checked_at="2018-11-05 15:01")  # fmt: skip
    assert "1 load refused or failed: load_users" in verdict(page())


def test_a_failed_audit_stands_in_the_way_until_one_passes(page, bucket, warehouse, conn_type):
    run_dag(etl_dag(), DAY, bucket=bucket)
    audit = AuditOperator(task_id="audit", checks=checks_of_audit())
    query(warehouse, "update users set level = 'paid'")
    with pytest.raises(AirflowFailException, match="users_recomputed"):
        run(audit, AN_HOUR)
    assert verdict(page()).endswith("but: users_recomputed fails in the audit")
    query(warehouse, "update users set level = 'free'")
    run(audit, ("2018-11-05T15:00:00Z", "2018-11-05T16:00:00Z"))
    assert verdict(page()) == "Complete and checked up to 2018-11-06 00:00:00 UTC."


def test_a_load_that_gave_up_after_its_last_try_is_shown(page, bucket, warehouse, monkeypatch):
    run_dag(etl_dag(), DAY, bucket=bucket)

    def lose(*_: Any) -> None:
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("sparkify.operators.load_fact.LoadFactOperator._replace", lose)
    monkeypatch.setattr("sparkify.operators.base._is_last_try", lambda _: True)
    with pytest.raises(Exception, match="closed the connection"):
        run_dag(etl_dag(), DAY, bucket=bucket, only=["load_songplays"])
    assert "1 load refused or failed: load_songplays" in verdict(page())


def test_a_stale_source_is_a_note_and_old_data_that_passes_its_check_is_none(page, bucket):
    run_dag(etl_dag(), DAY, bucket=bucket)
    run_dag(etl_dag(), ("2018-11-09T10:00:00Z", "2018-11-09T11:00:00Z"), bucket=bucket)
    assert verdict(page()) == (
        "Complete and checked up to 2018-11-06 00:00:00 UTC, and:"
        " staging_events is stale: its newest row is of 2018-11-05 15:10"
    )


def test_files_that_cannot_be_listed_make_no_promise(page, bucket, warehouse):
    def denied() -> Any:
        raise PermissionError("Access Denied")

    run_dag(etl_dag(), DAY, bucket=bucket)
    html = trust_page(Reader("redshift_default", denied).trust())
    assert "the files could not be compared with what is loaded" in verdict(html)
    assert "The files could not be listed: Access Denied" in html


def test_files_of_the_last_35_days_are_compared_or_of_those_before_the_newest_data():
    now = datetime(2018, 12, 20, 15, tzinfo=UTC)
    assert str(recent_days(None, now)) == "2018-11-15T00:00Z to 2018-12-20T00:00Z"
    assert recent_days(date(2018, 12, 19), now) == recent_days(None, now)
    assert str(recent_days(date(2018, 10, 31), now)) == "2018-09-27T00:00Z to 2018-11-01T00:00Z"


def test_checks_are_grouped_by_table_and_broken_rules_by_check(page, bucket, warehouse):
    run_dag(etl_dag(), DAY, bucket=bucket, run_id="one")
    for _ in range(2):
        query(warehouse, "update users set level = 'paid'")
        with pytest.raises(AirflowFailException, match="users_recomputed"):
            run_dag(etl_dag(), DAY, bucket=bucket, only=["check_quality"], run_id="one")
    html = page()
    groups = re.findall(r'class="group">(\w[\w ]*)<', html)
    assert groups == [*(table.name for table in TABLES), "several tables"]
    assert "2018-11-05 00:00 – 2018-11-06 00:00" in html
    (summary,) = re.findall(r"users_recomputed_in_window: [^<]*and \d time before", html)
    assert "2 rows at" in summary  # as it is, and as it should be
