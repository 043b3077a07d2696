"""DataQualityOperator: what it keeps, logs and raises."""

from __future__ import annotations

import json

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.operators import DataQualityOperator
from sparkify.quality.checks import Check
from tests.quality.good_data import QUALITY, check, good
from tests.runs import query


def test_results_are_kept_with_their_run_window_and_sample_rows(warehouse):
    good(warehouse)
    query(warehouse, "update users set level = 'gold'")
    with pytest.raises(AirflowFailException):
        check(Check(f"{QUALITY}users_level.sql"), Check(f"{QUALITY}songplays_level.sql"))
    rows = query(
        warehouse,
        "select check_name, severity, status, failing_rows, run_id, cast(window_start as varchar),"
        " sample_rows from quality_results order by check_name",
    )
    assert [row[:6] for row in rows] == [
        ("songplays_level", "error", "passed", 0, "manual__test", "2018-11-05 10:00:00"),
        ("users_level", "error", "failed", 1, "manual__test", "2018-11-05 10:00:00"),
    ]
    assert json.loads(rows[1][6])[0]["user_id"] == "7"


def test_the_log_has_a_table_of_the_results(warehouse, capsys):
    good(warehouse)
    check(Check(f"{QUALITY}users_level.sql"))
    log = capsys.readouterr().out
    assert "check        severity  status  failing rows" in log
    assert "users_level  error     passed             0" in log


def test_the_log_says_what_a_failure_means_and_what_to_do_with_rows(warehouse, capsys):
    good(warehouse)
    query(warehouse, "update songplays set level = 'gold'")
    with pytest.raises(AirflowFailException, match="to do: ask the team of the app"):
        check(Check(f"{QUALITY}songplays_level.sql"))
    log = capsys.readouterr().out
    assert "songplays_level failed: 1 rows break the rule: A play of the window" in log
    assert "means: the app has a new level, or sends none." in log
    assert '"songplay_id": "1-1"' in log


def test_a_check_that_does_not_say_how_severe_it_is_fails_the_task(warehouse):
    with pytest.raises(AirflowFailException, match="does not begin with comments: the rule"):
        check(Check("operators/next_load_id.sql"))


def test_no_checks_at_all_are_an_error_of_the_dags_author():
    with pytest.raises(ValueError, match="would always pass"):
        DataQualityOperator(task_id="x", checks=[])
