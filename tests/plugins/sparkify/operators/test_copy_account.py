"""COPY's reports are found on any Redshift, waited for, and trusted only if complete."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.failures import AccountIncomplete
from sparkify.loads import copy_account
from sparkify.loads.copying import Copier
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from tests.support.runs import event, put_lines, query, run, song

HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
KEY = "log_data/2018/11/2018-11-05-events.json"
BAD = [event("2018-11-05T10:00:00"), "{bad", event("2018-11-05T10:00:00", itemInSession="x")]


@pytest.fixture
def lag(warehouse: Any) -> Any:
    """Make the system views lag until the test ends."""

    def lag_by(seconds: float) -> None:
        query(warehouse, f"alter database dev set redshift.system_view_lag = '{seconds}'")

    yield lag_by
    lag_by(0)


@pytest.mark.parametrize("seconds", [0, 1.2])
def test_refused_rows_are_recorded_however_late_the_system_views_are(
    seconds, s3, bucket, warehouse, stage_events, conn_type, lag
):
    lag(seconds)
    put_lines(s3, bucket, KEY, BAD)
    answer = run(stage_events(), HOUR)
    assert (answer["read"], answer["staged"], answer["rejected"]) == (3, 1, 2)
    assert query(warehouse, "select count(*) from load_errors") == [(2,)]


def test_the_reasons_of_a_failed_copy_are_waited_for(s3, bucket, stage_events, lag):
    lag(1.2)
    put_lines(s3, bucket, KEY, BAD)
    with pytest.raises(AirflowFailException, match=f"first: s3://{bucket}/{KEY} line 2"):
        run(stage_events(max_rejected=1), HOUR)


def test_each_copy_has_its_own_report(s3, bucket, warehouse, stage_events, lag):
    """With two days in one load, the first COPY's record must not be used for the second."""
    lag(0.4)
    other = KEY.replace("05-e", "06-e")
    put_lines(s3, bucket, KEY, BAD)
    put_lines(s3, bucket, other, [event("2018-11-06T10:00:00", sessionId=2)])
    run(stage_events(), ("2018-11-05T00:00:00Z", "2018-11-07T00:00:00Z"))
    counts = "select object_key, rows_read, rows_rejected from load_ledger order by 1"
    assert query(warehouse, counts) == [
        (f"s3://{bucket}/{KEY}", 3, 2),
        (f"s3://{bucket}/{other}", 1, 0),
    ]


def test_a_second_copy_of_one_object_is_not_taken_for_the_first(
    s3, bucket, warehouse, stage_songs, lag, monkeypatch
):
    """The object changes while it is read, and has the same row counts as before."""
    lag(0.4)
    put_lines(s3, bucket, "song_data/1.json", [song("S1"), "{bad"])
    copy, copies = Copier.copy, []

    def copy_then_change(self: Copier, *arguments: Any) -> Any:
        account = copy(self, *arguments)
        if not copies:
            put_lines(s3, bucket, "song_data/1.json", ["{worse", song("S1")])
        copies.append(account)
        return account

    monkeypatch.setattr(Copier, "copy", copy_then_change)
    run(stage_songs())
    assert [account.errors[0].line for account in copies] == [2, 1]
    errors = query(warehouse, "select line_number, raw_text from load_errors")
    assert errors == [(1, "{worse")]


def test_a_copy_of_another_session_is_not_taken_for_the_tasks_own(
    s3, bucket, warehouse, stage_events, monkeypatch
):
    put_lines(s3, bucket, KEY, BAD)
    put_lines(s3, bucket, "other/1.json", [song("S1")])
    execute = Warehouse.execute_for_notices

    def beside_another(self: Warehouse, sql: str) -> list[str]:
        notices = execute(self, sql)
        source = f"s3://{bucket}/other/"
        query(warehouse, f"copy staging_songs from '{source}' iam_role default json 'auto'")
        return notices

    monkeypatch.setattr(Warehouse, "execute_for_notices", beside_another)
    monkeypatch.setattr(copy_account, "PATIENCE", 2)
    assert run(stage_events(), HOUR)["rejected"] == 2


def test_views_that_never_show_the_copy_fail_the_load_as_transient(
    s3, bucket, warehouse, stage_events, lag, monkeypatch
):
    lag(30)
    monkeypatch.setattr(copy_account, "PATIENCE", 0.5)
    put_lines(s3, bucket, KEY, BAD)
    with pytest.raises(AccountIncomplete, match=r"1 rows loaded, 2 refused.*no record of it"):
        run(stage_events(), HOUR)
    assert query(warehouse, "select count(*) from staging_events") == [(0,)]
    assert query(warehouse, "select count(*) from load_ledger") == [(0,)]


@pytest.mark.parametrize(
    ("file", "change", "seen"),
    [
        ("copy_record", "loaded_rows, loaded_rows + 1", "2 loaded, 2 refused"),
        ("copy_record", "error_count, error_count - 1", "1 loaded, 1 refused"),
        ("copy_record", "trim(status), 'running'", "says running"),
        ("copy_errors", "where, where line_number = 2 and", "there are 1 errors"),
        ("copy_detail", "where, where 1 = 0 and", "details of 0 objects"),
    ],
)
def test_reports_that_do_not_agree_stop_the_load(
    file, change, seen, s3, bucket, warehouse, stage_events, monkeypatch
):
    before, after = change.split(", ")

    def changed(path: str, **names: Any) -> str:
        sql = statement(path, **names)
        return sql.replace(before, after) if path.endswith(f"{file}.sql") else sql

    monkeypatch.setattr(copy_account, "statement", changed)
    monkeypatch.setattr(copy_account, "PATIENCE", 0.3)
    put_lines(s3, bucket, KEY, BAD)
    with pytest.raises(AccountIncomplete, match=seen):
        run(stage_events(), HOUR)
    assert query(warehouse, "select count(*) from staging_events") == [(0,)]


@pytest.mark.parametrize(
    ("notices", "message"),
    [
        ([], "did not say how many rows it loaded"),
        (["completed, 3 record(s) loaded successfully."], "3 rows loaded, 0 refused"),
        (["completed, 1 record(s) loaded successfully."], "1 rows loaded, 0 refused"),
    ],
)
def test_notices_that_do_not_agree_with_the_views_stop_the_load(
    notices, message, s3, bucket, warehouse, stage_events, monkeypatch
):
    execute = Warehouse.execute_for_notices

    def otherwise(self: Warehouse, sql: str) -> list[str]:
        execute(self, sql)
        return notices

    monkeypatch.setattr(Warehouse, "execute_for_notices", otherwise)
    monkeypatch.setattr(copy_account, "PATIENCE", 0.3)
    put_lines(s3, bucket, KEY, BAD)
    with pytest.raises(AccountIncomplete, match=message):
        run(stage_events(), HOUR)
    assert query(warehouse, "select count(*) from staging_events") == [(0,)]


def test_an_empty_object_beside_others_needs_no_detail(s3, bucket, warehouse, stage_songs):
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    put_lines(s3, bucket, "song_data/2.json", [])
    assert run(stage_songs())["staged"] == 1
