"""Before anything else, tasks of sparkify_etl refuse a bad window, and lock before they read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from local.redshift.history.statement_record import read_record
from sparkify.operators import LoadDimensionOperator, LoadFactOperator
from sparkify.warehouse.locks import lock_table
from tests.support.runs import STAR, etl_dag, put_lines, query, run, run_dag, song

TASKS = etl_dag().tasks
LOADS = [task for task in TASKS if isinstance(task, (LoadFactOperator, LoadDimensionOperator))]
LOCKS = {
    task.table.name: {
        f"lock table {lock_table(task.table.name)}",
        f"lock table {lock_table(task.table.name)}, lock_load_watermarks",
    }
    for task in LOADS
}
HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
TEN_YEARS = ("2010-01-01T00:00:00Z", "2020-01-01T00:00:00Z")


def test_the_dag_has_load_tasks():
    assert {task.table.name for task in LOADS} == set(STAR)


@pytest.mark.parametrize("task", LOADS, ids=lambda task: task.task_id)
def test_a_loads_transaction_locks_out_other_writers_before_its_first_read(
    task, warehouse, endpoint, s3, bucket, conn_type
):
    """Redshift fixes a transaction's snapshot at its first read."""
    put_lines(s3, bucket, "song_data/A.json", [song("S1")])
    run_dag(etl_dag(), HOUR, bucket=bucket, only=["stage_songs"])
    query(
        warehouse,
        "insert into staging_events (session_id, item_in_session, ts, page, level)"
        " values (1, 1, '2018-11-05 10:00:00', 'NextSong', 'free')",
    )
    before = len(read_record(endpoint.record))
    run_dag(etl_dag(), HOUR, bucket=bucket, only=[task.task_id])
    sent = [_bare(sql) for sql in read_record(endpoint.record)[before:]]
    begun = next(at for at, sql in enumerate(sent) if sql.startswith("begin"))
    assert sent[begun + 1] in LOCKS[task.table.name]
    names_it = re.compile(rf"\b(from|into) {task.table.name}\b")
    before_it = [sql.partition("\n")[0] for sql in sent[:begun] if names_it.search(sql)]
    assert before_it in ([], ["select 1 as has_rows"])  # which is a transaction of its own


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.task_id)
def test_a_window_of_ten_years_is_refused_before_anything_is_connected_to(task, monkeypatch):
    def connect(*_: Any, **__: Any) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr("sparkify.warehouse.session.connector_of", connect)
    monkeypatch.setattr("sparkify.tasks.aws.s3_client", connect)
    message = r"longer than 2,000 days: load it in several runs, or check window_start"
    with pytest.raises(AirflowFailException, match=message):
        run(task.prepare_for_execution(), TEN_YEARS)


def _bare(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", sql).strip().lower()
