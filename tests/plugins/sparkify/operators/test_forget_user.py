"""ForgetUserOperator: twice, at once, beside loads and checks, and what it keeps to itself."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException

from local.redshift.history.statement_record import read_record
from sparkify.failures import Conflict, Transient
from sparkify.loads import windowed
from sparkify.model import STAGING_EVENTS, STAR
from sparkify.operators import DataQualityOperator, ForgetUserOperator, data_quality, forget_user
from sparkify.warehouse.session import Warehouse
from tests.quality.good_data import CHECKS
from tests.support.person import (
    FIVE,
    MARKS,
    USER_ID,
    WINDOWS,
    forget,
    land,
    of_person,
    tables_with_person,
)
from tests.support.runs import dump, etl_dag, put_lines, query, run, run_dag

KNOWN = "select salt, user_hash, pseudonym, run_id, forgotten_at from forgotten_users"
WAITS = "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
DAY = ("2018-11-05T00:00:00Z", "2018-11-06T00:00:00Z")


@pytest.fixture
def loaded(s3: Any, bucket: str, warehouse: Any) -> Any:
    land(s3, bucket)
    run_dag(etl_dag(), DAY, bucket=bucket)
    return warehouse


def test_forgetting_twice_changes_nothing_the_second_time(loaded, conn_type):
    forget()
    known, tables = query(loaded, KNOWN), dump(loaded)
    assert set(forget().values()) == {0}
    assert (query(loaded, KNOWN), dump(loaded)) == (known, tables)
    ((_, _, pseudonym, run_id, _),) = known
    assert pseudonym.startswith("forgotten-")
    assert int(pseudonym.removeprefix("forgotten-"), 16) < 16**16
    assert run_id == "manual__test"


def test_two_runs_at_once_give_one_pseudonym(loaded, isolation):
    def patiently(_: int) -> None:
        for _ in range(5):
            try:
                forget()
            except Transient:
                continue
            return
        raise AssertionError("five tries were not enough")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(patiently, range(4)))
    assert query(loaded, "select count(*) from forgotten_users") == [(1,)]
    assert query(loaded, "select count(distinct user_id) from users") == [(2,)]
    assert tables_with_person(loaded) == set()


def started_beside(endpoint: Any, user_id: str) -> Thread:
    """Another run, which waits for a lock by now or has ended."""
    thread = Thread(target=forget, args=(user_id,))
    thread.start()
    with psycopg.connect(endpoint.conninfo, autocommit=True) as watching:
        while thread.is_alive() and not watching.execute(WAITS).fetchall():
            pass
    return thread


def test_a_second_run_waits_until_the_first_has_remembered_the_user(
    warehouse, endpoint, monkeypatch
):
    read, others = forget_user.forgotten_users, []

    def then_another(connection: Any) -> Any:
        known = read(connection)
        if not others:
            others.append(None)
            others.append(started_beside(endpoint, "nobody"))
        return known

    monkeypatch.setattr(forget_user, "forgotten_users", then_another)
    forget("nobody")
    others[1].join()
    assert query(warehouse, "select count(*) from forgotten_users") == [(1,)]


@pytest.mark.parametrize("table", ["users", "songplays"])
def test_a_load_that_is_not_committed_yet_is_waited_for(
    loaded, bucket, endpoint, monkeypatch, table
):
    """It has read the user's rows before they are changed, and commits them afterwards."""
    insert_selected, others = Warehouse.insert_selected, []

    def then_forget(self: Warehouse, *arguments: Any) -> int:
        rows = insert_selected(self, *arguments)
        if not others:
            others.append(started_beside(endpoint, USER_ID))
        return rows

    monkeypatch.setattr(Warehouse, "insert_selected", then_forget)
    run_dag(etl_dag(), DAY, bucket=bucket, only=[f"load_{table}"])
    others[0].join()
    assert tables_with_person(loaded) == set()


def test_two_users_get_pseudonyms_of_their_own(loaded):
    forget()
    forget("7")
    users = set(query(loaded, "select user_id, first_name from users"))
    names = {name for (name,) in query(loaded, "select pseudonym from forgotten_users")}
    assert users == {(name, None) for name in names}
    assert len(names) == 2


def test_a_load_that_has_read_its_rows_before_is_tried_again(loaded, bucket, monkeypatch):
    put, once = windowed.WindowLoad._put, []

    def after_forgetting(self: Any, *arguments: Any) -> Any:
        if not once:
            once.append(forget())
        return put(self, *arguments)

    monkeypatch.setattr(windowed.WindowLoad, "_put", after_forgetting)
    with pytest.raises(Conflict, match="a user was forgotten while the rows were read"):
        run_dag(etl_dag(), WINDOWS[1], bucket=bucket)
    assert tables_with_person(loaded) == set()
    run_dag(etl_dag(), WINDOWS[1], bucket=bucket)
    assert tables_with_person(loaded) == set()


def test_a_check_that_has_read_its_samples_before_keeps_none_of_the_user(loaded, monkeypatch):
    run_checks = data_quality.run_checks

    def then_forget(*arguments: Any) -> Any:
        results = run_checks(*arguments)
        forget()
        return results

    monkeypatch.setattr(data_quality, "run_checks", then_forget)
    names = ("plays_after_registration", "no_rows_rejected")
    query(loaded, "update load_errors set run_id = 'manual__test'")
    query(loaded, "update load_ledger set run_id = 'manual__test'")
    query(loaded, "delete from quality_results")
    run(DataQualityOperator(task_id="check", checks=[CHECKS[name] for name in names]), DAY)
    rows = query(loaded, "select check_name, status, failing_rows from quality_results")
    assert {name: status for name, status, _ in rows} == dict.fromkeys(names, "warned")
    assert tables_with_person(loaded) == set()
    assert "nor this" in repr(query(loaded, "select sample_rows from quality_results"))


@pytest.mark.parametrize(
    ("user_id", "confirm", "message"),
    [
        (USER_ID, "person-4712", "user_id and confirm differ"),
        (USER_ID, "", "user_id and confirm differ"),
        ("", "", "user_id is empty"),
        ("  ", "  ", "user_id is empty"),
        ("forgotten-0123456789abcdef", None, "user_id is a pseudonym"),
    ],
)
def test_an_id_that_is_not_confirmed_or_is_none_changes_nothing(loaded, user_id, confirm, message):
    before = dump(loaded)
    with pytest.raises(AirflowFailException, match=message) as raised:
        forget(user_id, confirm)
    assert USER_ID not in str(raised.value)
    assert dump(loaded) == before
    assert query(loaded, KNOWN) == []


def test_the_id_is_in_no_log_statement_result_or_template(loaded, endpoint, caplog, conn_type):
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    before = len(read_record(endpoint.record))
    result = forget()
    sent = read_record(endpoint.record)[before:]
    assert any("forgotten_users" in sql for sql in sent)
    assert "forgotten_users" in caplog.text
    for mark in MARKS:
        assert mark not in caplog.text + repr(result) + "".join(sent)
    assert ForgetUserOperator.template_fields == ()


def test_a_user_without_a_row_is_remembered_with_a_warning(loaded, caplog):
    changed = forget("nobody")
    assert {changed[table] for table in ("staging_events", "users", "songplays")} == {0}
    assert "No row of this user was found" in caplog.text
    assert query(loaded, "select count(*) from forgotten_users") == [(1,)]


def test_a_refused_load_does_not_log_the_lines_of_a_forgotten_user(loaded, s3, bucket, caplog):
    forget()
    lines = [of_person("2018-11-05T10:20:00", n, status="not a number") for n in range(3)]
    put_lines(s3, bucket, FIVE, lines)
    caplog.clear()
    with pytest.raises(AirflowFailException, match=r"No row of .* could be read") as raised:
        run_dag(etl_dag(), DAY, bucket=bucket)
    assert "status" in caplog.text  # the rejected rows are logged
    assert not any(mark in caplog.text + str(raised.value) for mark in MARKS)


def test_what_is_personal_in_staging_is_personal_in_the_star_tables_made_of_it(warehouse):
    personal = {STAGING_EVENTS.personal.owner, *STAGING_EVENTS.personal.columns}
    for table in STAR:
        if table.loaded_from is not STAGING_EVENTS:
            continue
        columns = {
            name
            for (name,) in query(
                warehouse,
                "select column_name from information_schema.columns"
                f" where table_name = '{table.name}'",
            )
        }
        declared = {table.personal.owner, *table.personal.columns} if table.personal else set()
        # Others may be made of them, as a browser of a user agent.
        assert columns & personal <= declared <= columns, table.name
