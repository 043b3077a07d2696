"""AuditOperator: whole tables are only judged while no run is between its loads and its checks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlglot
from airflow.sdk.exceptions import AirflowFailException
from sqlglot import exp

from sparkify.failures import Busy
from sparkify.operators import AuditOperator
from sparkify.quality import checks
from sparkify.quality.suite import checks_of_audit
from sparkify.window import now
from tests.quality.good_data import OTHER_RUN, good, insert, load
from tests.support.runs import query, run

ETL = "sparkify_etl"


def audit() -> Any:
    return run(AuditOperator(task_id="audit", checks=checks_of_audit()))


def stage(warehouse: Any, age: timedelta = timedelta()) -> None:
    """Another run stages something, some time ago, that changes no table."""
    load(warehouse, 4, dag_id=ETL, run_id=OTHER_RUN, loaded_at=now() - age)


def finish(warehouse: Any) -> None:
    """The other run finishes its checks."""
    insert(warehouse, "quality_results", dag_id=ETL, run_id=OTHER_RUN, task_id="check_quality",
           check_name="a", severity="error", status="passed", failing_rows=0, sample_rows="[]",
           checked_at=now())  # fmt: skip


def test_the_audit_waits_for_a_run_that_has_staged_and_is_not_checked(warehouse):
    good(warehouse)
    stage(warehouse)
    with pytest.raises(Busy, match=OTHER_RUN):
        audit()
    finish(warehouse)
    assert audit()["failed"] == 0


def test_a_run_that_was_never_checked_is_not_waited_for_after_six_hours(warehouse):
    good(warehouse)
    stage(warehouse, age=timedelta(hours=6, minutes=1))
    assert audit()["failed"] == 0


def test_a_failure_does_not_count_if_a_run_staged_and_was_checked_meanwhile(warehouse, monkeypatch):
    good(warehouse)
    query(warehouse, "update users set level = 'paid'")
    real = checks.run_checks

    def beside_a_run(*args: Any) -> Any:
        stage(warehouse)
        results = real(*args)
        finish(warehouse)
        return results

    with monkeypatch.context() as patched:
        patched.setattr("sparkify.operators.data_quality.run_checks", beside_a_run)
        with pytest.raises(Busy, match=OTHER_RUN):
            audit()
    with pytest.raises(AirflowFailException, match="users_recomputed"):
        audit()


@pytest.mark.parametrize("check", checks_of_audit(), ids=lambda check: check.name)
def test_each_join_of_the_audit_has_an_equality(check):
    """Redshift compares each row with each other row if a join has ranges alone."""
    joins = sqlglot.parse_one(check.sql, dialect="redshift").find_all(exp.Join)
    for join in joins:
        condition = join.args["on"]
        parts = condition.flatten() if isinstance(condition, exp.And) else [condition]
        sides = [
            {column.table for column in part.find_all(exp.Column)}
            for part in parts
            if isinstance(part, exp.EQ)
        ]
        assert any(len(tables) == 2 for tables in sides), join.sql()
