"""Texts of rejected rows and sample rows of checks are kept for some days only."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.operators import CleanOperator
from sparkify.window import now
from tests.conftest import OwnAirflow
from tests.quality.good_data import insert
from tests.support.runs import query, run

KEPT = (
    "select raw_text, line_number, reason from load_errors order by line_number",
    "select sample_rows, failing_rows, status from quality_results order by failing_rows",
)


@pytest.fixture
def aged(warehouse: Any) -> Any:
    """Rejected rows and failed checks of 89 and 91 days ago."""
    for days in (89, 91):
        at = now() - timedelta(days=days)
        insert(warehouse, "load_errors", load_id=1, table_name="staging_events", object_key="a",
               line_number=days, reason="bad", raw_text="{cut", rejected_at=at)  # fmt: skip
        insert(warehouse, "quality_results", dag_id="d", run_id="r", task_id="t", check_name="c",
               severity="error", status="failed", failing_rows=days, sample_rows='[{"a": 1}]',
               checked_at=at)  # fmt: skip
    return warehouse


def kept(warehouse: Any) -> list[list[tuple[Any, ...]]]:
    return [query(warehouse, sql) for sql in KEPT]


CLEANED = [
    [("{cut", 89, "bad"), ("", 91, "bad")],
    [('[{"a": 1}]', 89, "failed"), ("[]", 91, "failed")],
]


def test_only_old_texts_and_samples_are_blanked_and_their_rows_stay(aged, conn_type):
    clean = CleanOperator(task_id="clean")
    assert run(clean) == {"load_errors": 1, "quality_results": 1}
    assert kept(aged) == CLEANED
    assert run(clean) == {"load_errors": 0, "quality_results": 0}


def test_the_number_of_days_can_be_given(aged):
    assert run(CleanOperator(task_id="clean", keep_days="92"))["load_errors"] == 0
    assert run(CleanOperator(task_id="clean", keep_days=88))["load_errors"] == 2


@pytest.mark.parametrize("days", [0, -1, "", "many"])
def test_a_number_of_days_that_would_blank_everything_is_refused(aged, days):
    before = kept(aged)
    with pytest.raises(AirflowFailException):
        run(CleanOperator(task_id="clean", keep_days=days))
    assert kept(aged) == before


def test_a_failed_audit_does_not_stop_the_cleaning_and_the_run_fails(
    own_airflow: OwnAirflow, aged: Any
):
    insert(aged, "users", user_id="nobody who ever played", level="free")
    ended = own_airflow("dags", "test", "sparkify_audit", "--conf", json.dumps({"keep_days": 90}))
    assert "users_recomputed failed" in ended.stdout
    assert kept(aged)[0] == CLEANED[0]
    states = own_airflow("dags", "list-runs", "sparkify_audit", "--output", "json")
    (dag_run,) = json.loads(states.stdout[states.stdout.index("[{") :])
    assert dag_run["state"] == "failed"
