"""Loads and readers do not wait for each other."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import psycopg

from sparkify.warehouse.session import Warehouse
from tests.support.runs import (
    EVERY_TABLE,
    TABLES,
    etl_dag,
    event,
    put_lines,
    put_paths,
    run_dag,
    song,
)

HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
READ = [table for table in TABLES if not table.startswith("lock_")]
PATIENCE = 30.0  # seconds


def _land(s3, bucket):
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/A.json", [song("S1")])
    put_lines(s3, bucket, "log_data/2018/11/2018-11-05-events.json", [event("2018-11-05T10:15:00")])


def test_a_reader_with_an_open_transaction_does_not_stop_a_run(endpoint, s3, bucket, warehouse):
    _land(s3, bucket)
    with psycopg.connect(endpoint.conninfo) as reader:
        for table in READ:
            reader.execute(f"select count(*) from {table}")
        overdue = threading.Timer(PATIENCE, reader.close)
        overdue.start()
        run_dag(etl_dag(), HOUR, bucket=bucket)
        overdue.cancel()
        assert reader.execute("select count(*) from songplays").fetchone() == (0,)


def test_a_load_in_the_middle_of_its_transaction_does_not_stop_readers(
    endpoint, s3, bucket, warehouse, monkeypatch
):
    _land(s3, bucket)
    transaction, read = Warehouse.transaction, []

    @contextmanager
    def read_before_the_commit(self):
        with transaction(self):
            yield
            with psycopg.connect(endpoint.conninfo, autocommit=True) as reader:
                reader.execute("set statement_timeout to 5000")
                read.extend(reader.execute(f"select count(*) from {table}") for table in READ)

    monkeypatch.setattr(Warehouse, "transaction", read_before_the_commit)
    run_dag(etl_dag(), HOUR, bucket=bucket)
    assert len(read) == len(EVERY_TABLE) * len(READ)
