"""A forgotten user is in no table, also after all files are loaded again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.operators import AuditOperator, MigrateSchemaOperator
from sparkify.quality.suite import checks_of_audit
from tests.support.person import (
    FIVE,
    MARKS,
    SIX,
    USER_ID,
    WINDOWS,
    forget,
    land,
    of_person,
    tables_with_person,
)
from tests.support.runs import dump, etl_dag, event, put_lines, query, run, run_dag

WHOLE = ("2018-11-05T00:00:00Z", "2018-11-07T00:00:00Z")
PERSONAL = {"staging_events", "users", "songplays", "page_views", "load_errors", "quality_results"}
OF_OTHERS = (
    "select * from staging_events where user_id = '7' order by ts",
    "select * from users where user_id = '7'",
    "select * from songplays where user_id = '7' order by start_time",
    "select raw_text from load_errors where raw_text like '%nor this%'",
)


@pytest.fixture
def loaded(s3: Any, bucket: str, redshift: Any, connections: None) -> Any:
    """All files, loaded hour by hour, with the views of the insights."""
    redshift.autocommit = True
    run(MigrateSchemaOperator(task_id="create_tables"))
    land(s3, bucket)
    load_all(bucket)
    return redshift


def load_all(bucket: str) -> None:
    for window in WINDOWS:
        run_dag(etl_dag(), window, bucket=bucket)


def failed_checks(warehouse: Any) -> list[Any]:
    return query(warehouse, "select check_name from quality_results where status = 'failed'")


def test_a_forgotten_user_is_in_no_table_and_others_are_untouched(loaded, conn_type):
    assert tables_with_person(loaded) >= PERSONAL
    others = [query(loaded, sql) for sql in OF_OTHERS]
    counts = {table: len(rows) for table, rows in dump(loaded).items()}
    changed = forget()
    assert set(changed) == PERSONAL
    assert all(changed.values())
    assert tables_with_person(loaded) == set()
    assert [query(loaded, sql) for sql in OF_OTHERS] == others
    assert all(others)
    assert {table: len(rows) for table, rows in dump(loaded).items()} == counts


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([of_person("2018-11-07T10:20:00", 1, status="no number")], "No row of .* could be read"),
        (
            [of_person("2018-11-07T10:20:00", 1), of_person("2018-11-07T10:21:00", 1, userId="8")],
            "Two rows have one",
        ),
    ],
)
def test_why_a_load_was_refused_is_kept_without_the_rows_that_it_names(
    loaded, s3, bucket, lines, reason
):
    put_lines(s3, bucket, SIX.replace("06", "07"), lines)
    with pytest.raises(AirflowFailException, match=reason):
        run_dag(etl_dag(), ("2018-11-07T10:00:00Z", "2018-11-07T11:00:00Z"), bucket=bucket)
    kept = "select sample_rows from quality_results where check_name = 'staging_events_loaded'"
    assert any(mark in repr(query(loaded, kept)) for mark in MARKS)
    forget()
    assert tables_with_person(loaded) == set()
    ((sample,),) = query(loaded, f"{kept} and status = 'failed'")
    assert re.search(reason, sample)


@pytest.mark.parametrize("windows", [WINDOWS, WINDOWS[::-1], [WHOLE]], ids=len)
def test_loading_all_files_again_does_not_bring_the_user_back(loaded, bucket, caplog, windows):
    forget()
    tables = dump(loaded)
    query(loaded, "delete from quality_results")
    caplog.clear()
    for window in windows:
        run_dag(etl_dag(), window, bucket=bucket)
    assert tables_with_person(loaded) == set()
    assert dump(loaded) == tables
    assert query(loaded, "select * from load_late_rows") == []
    assert failed_checks(loaded) == []
    assert not any(mark in caplog.text for mark in MARKS)


def test_a_warehouse_that_is_loaded_for_the_first_time_knows_who_was_forgotten(
    s3, bucket, warehouse
):
    forget()
    land(s3, bucket)
    load_all(bucket)
    assert tables_with_person(warehouse) == set()
    names = {name for (name,) in query(warehouse, "select user_id from users") if name != "7"}
    assert names == {name for (name,) in query(warehouse, "select pseudonym from forgotten_users")}


def test_the_audit_passes_after_forgetting_and_after_a_reload(loaded, bucket):
    for _ in range(2):
        forget()
        run(AuditOperator(task_id="audit", checks=checks_of_audit()))
        load_all(bucket)
    assert failed_checks(loaded) == []


@pytest.mark.parametrize("user_id", [USER_ID, f"{USER_ID}  "])
def test_a_late_event_of_a_forgotten_user_gets_the_same_pseudonym(loaded, s3, bucket, user_id):
    """Redshift passes over trailing blanks where it compares ids, so they are the same user."""
    forget()
    put_lines(s3, bucket, SIX, [of_person("2018-11-06T09:50:00", 99, userId=user_id)])
    run_dag(etl_dag(), WINDOWS[2], bucket=bucket)
    assert tables_with_person(loaded) == set()
    assert query(loaded, "select count(*) from users") == [(2,)]
    assert query(loaded, "select count(*) from songplays where songplay_id = '4-99'") == [(1,)]


@pytest.mark.parametrize("reverse", [False, True])
def test_of_copies_that_differ_in_personal_data_the_same_one_is_kept(s3, bucket, loaded, reverse):
    """Else forgetting would make their hour out of date."""
    copies = [
        of_person("2018-11-05T10:40:00", 70, firstName="Ann", song="B"),
        of_person("2018-11-05T10:40:00", 70, firstName="Bea", song="A"),
        of_person("2018-11-05T10:41:00", 71, firstName="Ann", song="A"),
        of_person("2018-11-05T10:41:00", 71, firstName="Bea", song="B"),
    ]
    put_lines(s3, bucket, FIVE, [*copies[:: -1 if reverse else 1], event("2018-11-05T09:10:00")])
    run_dag(etl_dag(), ("2018-11-05T00:00:00Z", "2018-11-06T00:00:00Z"), bucket=bucket)
    forget()
    tables = dump(loaded)
    query(loaded, "delete from load_late_rows")
    run_dag(etl_dag(), WINDOWS[0], bucket=bucket)
    assert query(loaded, "select * from load_late_rows") == []
    run_dag(etl_dag(), WINDOWS[1], bucket=bucket)
    assert dump(loaded) == tables


def test_a_user_who_was_not_forgotten_keeps_what_is_known_of_them(loaded, bucket):
    before = dump(loaded)
    forget("somebody-else")
    load_all(bucket)
    assert dump(loaded) == before
    assert USER_ID in repr(before)
