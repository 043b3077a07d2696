"""DataQualityOperator: its history, logs and errors."""

from __future__ import annotations

import json

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.operators import DataQualityOperator
from sparkify.quality.checks import Check, StatementCheck
from tests.quality.good_data import HOUR, check, good
from tests.support.runs import query, run


def test_results_are_kept_with_their_run_window_and_sample_rows(warehouse):
    good(warehouse)
    query(warehouse, "update users set level = 'gold'")
    with pytest.raises(AirflowFailException):
        check("users_level", "songplays_level")
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
    check("users_level")
    log = capsys.readouterr().out
    assert "check        severity  status  failing rows" in log
    assert "users_level  error     passed             0" in log


def test_the_log_says_what_a_failure_means_and_what_to_do_with_rows(warehouse, capsys):
    good(warehouse)
    query(warehouse, "update songplays set level = 'gold'")
    with pytest.raises(AirflowFailException, match="to do: ask the team of the app"):
        check("songplays_level")
    log = capsys.readouterr().out
    assert "songplays_level failed: 1 rows break the rule: Every play of the window" in log
    assert "means: the app has a new level, or sends none." in log
    assert '"songplay_id": "1-1"' in log


def test_a_check_that_does_not_say_how_severe_it_is_fails_the_task(warehouse):
    operator = DataQualityOperator(task_id="x", checks=[Check("operators/next_load_id.sql")])
    with pytest.raises(AirflowFailException, match="does not begin with comments: the rule"):
        run(operator, HOUR)


def test_no_checks_at_all_are_an_error_of_the_dags_author():
    with pytest.raises(ValueError, match="would always pass"):
        DataQualityOperator(task_id="x", checks=[])


def statement_check(sql: str, expected: object, comparison: str = "=") -> StatementCheck:
    return StatementCheck(sql, expected=expected, comparison=comparison)


@pytest.mark.parametrize(
    ("sql", "comparison", "expected"),
    [
        ("select count(*) from users where user_id is null", "=", 0),
        ("select count(*) from songplays", ">", 0),
        ("select count(*) from songplays", ">=", 1),
        ("select count(*) from songplays", "<", 2),
        ("select count(*) from songplays", "<=", 1),
        ("select count(*) from songplays", "<>", 2),
        ("select max(level) from users;", "=", "free"),
        ("select max(gender) from users", "=", None),
        ("select max(level) from users", "<>", None),
        ("with paid as (select 1 from users where level = 'paid') select count(*) from paid",
         "=", 0),
    ],
)  # fmt: skip
def test_a_statement_passes_if_its_result_is_as_expected(warehouse, sql, comparison, expected):
    good(warehouse)
    counts = check(statement_check(sql, expected, comparison))
    assert counts == {"passed": 1, "warned": 0, "failed": 0}


@pytest.mark.parametrize(
    ("sql", "comparison", "expected"),
    [
        ("select count(*) from users", "=", 0),
        ("select count(*) from songplays", ">", 1),
        ("select count(*) from songplays", ">=", 2),
        ("select count(*) from songplays", "<", 1),
        ("select count(*) from songplays", "<=", 0),
        ("select count(*) from songplays", "<>", 1),
        ("select max(gender) from users", ">", ""),
        ("select max(gender) from users", "=", ""),
        ("select max(gender) from users", "<>", None),
        ("select max(level) from users", "<", None),
    ],
)
def test_a_statement_fails_if_its_result_differs(warehouse, sql, comparison, expected):
    good(warehouse)
    with pytest.raises(AirflowFailException, match="1 of 1 checks failed"):
        check(statement_check(sql, expected, comparison))


def test_the_result_of_a_statement_is_kept_as_those_of_files_are(warehouse, capsys, conn_type):
    good(warehouse)
    named = StatementCheck(
        "select count(*) from songplays where start_time >= %(window_start)s"
        " and location like 'L%%'",
        expected=5,
        comparison=">",
        name="busy_hour",
        severity="warning",
    )
    unnamed = StatementCheck("select\n  count(*) from users", expected=1)
    assert check(named, unnamed) == {"passed": 1, "warned": 1, "failed": 0}
    rows = query(
        warehouse,
        "select check_name, severity, status, failing_rows, run_id, cast(window_start as varchar),"
        " sample_rows from quality_results order by check_name",
    )
    run = ("manual__test", "2018-11-05 10:00:00")
    assert rows == [
        ("busy_hour", "warning", "warned", 1, *run, '[{"actual": 1, "expected": "> 5"}]'),
        ("select count(*) from users", "error", "passed", 0, *run, "[]"),
    ]
    assert "means: the statement gave 1." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("sql", "given"),
    [
        ("select user_id from users where user_id = 'x'", "no row with 1 columns"),
        ("select user_id, level from users", "one row with 2 columns"),
        ("select 1 union all select 2", "several rows with 1 columns"),
    ],
)
def test_a_statement_that_does_not_return_one_value_fails_the_task_and_shows_its_result(
    warehouse, sql, given
):
    good(warehouse)
    with pytest.raises(AirflowFailException, match=f"one row with one column; it gave {given}"):
        check(statement_check(sql, 0))


def test_a_statement_that_writes_is_refused(warehouse):
    good(warehouse)
    with pytest.raises(AirflowFailException, match="syntax error"):
        check(statement_check("delete from users", 1))
    assert query(warehouse, "select count(*) from users") == [(1,)]


def test_a_long_statement_is_cut_to_what_the_column_holds_and_a_wrong_comparison_is_refused():
    assert len(statement_check(f"select '{'ü' * 300}'", 0).name.encode()) <= 256
    with pytest.raises(ValueError, match="comparison '==' is none of = <>"):
        statement_check("select 1", 1, "==")
    with pytest.raises(ValueError, match="severity 'fatal' is none of error, warning"):
        StatementCheck("select 1", expected=1, severity="fatal")  # type: ignore[arg-type]
