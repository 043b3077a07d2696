"""Each check passes on good data, and fails on the fault that it is for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.model import TABLES
from sparkify.quality.checks import read_header
from sparkify.quality.suite import checks_before_commit
from tests.quality.good_data import CHECKS, OTHER_RUN, RUN, check, good, insert, load, play
from tests.support.files import files
from tests.support.runs import SQL, query

# Each file breaks one check; its first line names it.
BREAKS = {path.stem: path for path in files(Path(__file__).parent / "breaks", "*.sql")}


def broken_check(case: str) -> tuple[str, str]:
    """The name of the check that a file breaks, and the statement that breaks it."""
    first, _, breakage = BREAKS[case].read_text().partition("\n")
    return first.removeprefix("-- check: "), breakage.strip()


@pytest.mark.parametrize("case", BREAKS)
def test_a_check_passes_on_good_data_and_fails_on_what_it_is_for(warehouse, case):
    rule, breakage = broken_check(case)
    good(warehouse)
    assert check(rule) == {"passed": 1, "warned": 0, "failed": 0}
    query(warehouse, breakage)
    if severity_of(rule) == "warning":
        assert check(rule) == {"passed": 0, "warned": 1, "failed": 0}
        return
    with pytest.raises(AirflowFailException, match=r"1 of 1 checks failed: \w+ \(\d+ rows; to do"):
        check(rule)


def severity_of(rule: str) -> str:
    return read_header(CHECKS[rule].sql, rule).severity


def test_each_check_of_the_project_is_broken_here():
    broken = {CHECKS[broken_check(case)[0]].file for case in BREAKS}
    assert broken == {path.relative_to(SQL).as_posix() for path in files(SQL, "quality/**/*.sql")}


def test_good_data_passes_every_check_of_the_dag(warehouse, conn_type):
    good(warehouse)
    assert check(*CHECKS) == {"passed": len(CHECKS), "warned": 0, "failed": 0}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_check_before_the_commit_can_only_be_an_error(table):
    """A warning would never be heard: the load commits all the same."""
    rules = checks_before_commit(table)
    assert rules
    assert {severity_of(rule.name) for rule in rules} == {"error"}


def test_a_registration_in_the_same_second_as_the_play_is_not_after_it(warehouse, conn_type):
    """Redshift returns an epoch in whole seconds."""
    good(warehouse)
    query(warehouse, "update staging_events set registration = 1541413800999")  # 10:30:00.999
    assert check("plays_after_registration")["passed"] == 1


def test_an_object_is_held_against_its_newest_earlier_load_that_was_counted(warehouse):
    rule = "staging_events_objects_not_shrunk"
    good(warehouse)
    load(warehouse, 2, rows_read=9, run_id=OTHER_RUN)
    load(warehouse, 3, rows_read=3, run_id=OTHER_RUN)
    load(warehouse, 4, rows_read=None, rows_staged=None, run_id=OTHER_RUN)
    load(warehouse, 4, rows_read=None, rows_staged=None, ignored_by="hidden", run_id=OTHER_RUN)
    assert check(rule)["passed"] == 1
    query(warehouse, "update load_ledger set rows_read = 4 where load_id = 3")
    assert check(rule)["warned"] == 1


@pytest.mark.parametrize("table", ["staging_events", "staging_songs"])
def test_every_verdict_counts_where_an_object_adds_up(warehouse, table):
    good(warehouse)
    verdicts = ("outside", "rejected", "misplaced", "identical", "conflicting")
    query(
        warehouse,
        f"update load_ledger set rows_read = 6, rows_staged = 1, {', '.join(f'rows_{v} = 1' for v in verdicts)}"  # noqa: E501
        f" where table_name = '{table}'",
    )
    rule = f"{table}_objects_add_up"
    assert check(rule)["passed"] == 1
    for verdict in verdicts:
        query(
            warehouse,
            f"update load_ledger set rows_{verdict} = null where table_name = '{table}'",
        )
        with pytest.raises(AirflowFailException, match=rule):
            check(rule)
        query(
            warehouse,
            f"update load_ledger set rows_{verdict} = 1 where table_name = '{table}'",
        )


def test_objects_that_one_copy_read_together_are_counted_once(warehouse):
    """One ledger row has the COPY's counts; the objects' own rows have none."""
    good(warehouse)
    query(warehouse, "update load_ledger set object_key = 'a/*', etag = null where load_id = 5")
    for name in ("a/1", "a/2"):
        load(warehouse, 5, object_key=name, rows_read=None, rows_staged=None)
    load(
        warehouse,
        5,
        object_key="a/.DS_Store",
        rows_read=None,
        rows_staged=None,
        ignored_by="hidden",
    )
    rules = (
        "staging_events_objects_add_up",
        "staging_events_matches_ledger",
        "staging_events_every_line_is_a_row",
    )
    assert check(*rules)["passed"] == 3


def test_rejects_of_another_table_are_not_this_runs(warehouse):
    """Each table has its own load numbers."""
    good(warehouse)
    load(warehouse, 6, table_name="staging_songs", object_key="s", window_start=None)
    for table, load_id in (("staging_songs", 5), ("staging_events", 6)):
        insert(warehouse, "load_errors", load_id=load_id, table_name=table, object_key="x")
    rule = "no_rows_rejected"
    assert check(rule)["passed"] == 1
    insert(warehouse, "load_errors", load_id=6, table_name="staging_songs", object_key="s")
    assert check(rule)["warned"] == 1


def test_an_hour_that_a_newer_load_of_its_day_found_in_order_is_no_longer_late(warehouse):
    rule = "staging_events_late_rows"
    good(warehouse)
    query(warehouse, broken_check("late_rows")[1])
    load(warehouse, 4, window_start="2018-11-05 00:00", window_end="2018-11-06 00:00",
         run_id=OTHER_RUN)  # fmt: skip
    load(warehouse, 6, window_start="2018-11-06 09:00", window_end="2018-11-06 10:00",
         run_id=OTHER_RUN)  # fmt: skip
    assert check(rule)["warned"] == 1
    load(warehouse, 7, window_start="2018-11-05 11:00", window_end="2018-11-05 12:00",
         run_id=OTHER_RUN)  # fmt: skip
    assert check(rule)["passed"] == 1


def test_hours_that_another_run_found_late_are_not_this_runs_warning(warehouse):
    good(warehouse)
    load(warehouse, 4, run_id=OTHER_RUN)
    query(warehouse, broken_check("late_rows")[1].replace("(5,", "(4,"))
    assert check("staging_events_late_rows")["passed"] == 1


def test_plays_of_other_windows_do_not_fail_this_one(warehouse):
    good(warehouse)
    play(warehouse, songplay_id="2-2", start_time="2018-11-05 11:00:00", level="gold", user_id="9")
    rules = ("songplays_level", "songplays_have_time", "songplays_have_user")
    assert check(*rules)["passed"] == 3


def test_an_empty_warehouse_passes_what_only_holds_once_there_is_data(warehouse):
    """A first run for an hour without events, but with a catalogue, must not fail."""
    load(warehouse, 1, run_id=RUN)
    rules = [
        "staging_events_not_empty_once_loaded",
        "songplays_not_empty_once_played",
    ]
    assert check(*rules)["passed"] == 2


def test_the_window_ends_before_its_end(warehouse: Any):
    """For all checks with a window, a play at its end belongs to the next one."""
    good(warehouse)
    play(warehouse, songplay_id="2-2", start_time="2018-11-05 11:00:00")
    assert check("songplays_recomputed_in_window")["passed"] == 1
