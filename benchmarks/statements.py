"""Counts the statements that the tasks of `sparkify_etl` send, by kind of run.

Purpose: on a real Redshift each statement costs a round trip, perhaps a compile and a commit.
`python -m benchmarks.statements` prints how many each task sends: for a month in one run, for an
hour with events, and for an hour without one before and after its day's file arrives. It fails if a
kind of run sends more than LIMITS. `--show RUN` prints the statements of one kind.

How: the endpoint records all statements as the driver sends them, BEGIN and COMMIT included.
"""

from __future__ import annotations

import argparse
import logging
import sys

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.hour_on_history import connect_airflow
from benchmarks.servers import BUCKET, running
from local import s3
from local.redshift.history.statement_record import read_record
from local.sample_data import Parameters, write

RUNS = {
    "month": ("2018-11-01T00:00:00Z", "2018-12-01T00:00:00Z"),
    "hour": ("2018-11-05T18:00:00Z", "2018-11-05T19:00:00Z"),
    "no file": ("2018-12-01T06:00:00Z", "2018-12-01T07:00:00Z"),
    "empty hour": ("2018-12-01T07:00:00Z", "2018-12-01T08:00:00Z"),
}
QUIET_DAY = "log_data/2018/12/2018-12-01-events.json"
LIMITS = {"month": 150, "hour": 78, "no file": 20, "empty hour": 50}

console = Console(width=120)


def main() -> int:
    from tests.support.runs import create_tables, etl_dag, event, put_lines, run_dag

    parser = argparse.ArgumentParser(prog="python -m benchmarks.statements")
    parser.add_argument("--show", choices=RUNS, help="print the statements of this kind of run")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    dag = etl_dag()
    tasks = [task.task_id for task in dag.topological_sort()]
    counts: dict[str, dict[str, int]] = {}
    with running() as servers:
        connect_airflow(servers)
        write(servers.directory / "sample", Parameters())
        s3.mirror(servers.s3, servers.directory / "sample", bucket=BUCKET)
        with psycopg.connect(servers.conninfo, autocommit=True) as redshift:
            create_tables(redshift)
        for kind, window in RUNS.items():
            if kind == "empty hour":
                put_lines(servers.s3, BUCKET, QUIET_DAY, [event("2018-12-01T09:00:00")])
            results: dict[str, object] = {}
            counts[kind] = {}
            for task in tasks:
                upstream = dag.get_task(task).upstream_task_ids
                skipped = any(results.get(other, other) is None for other in upstream)
                if skipped and dag.get_task(task).trigger_rule != "none_failed":
                    results[task], counts[kind][task] = None, 0
                    continue
                before = len(read_record(servers.record))
                results |= run_dag(dag, window, bucket=BUCKET, only=[task], run_id=kind)
                sent = read_record(servers.record)[before:]
                counts[kind][task] = len(sent)
                for sql in sent if kind == options.show else ():
                    print(f"-- {task}\n{sql};\n")
    return 0 if show(tasks, counts) else 1


def show(tasks: list[str], counts: dict[str, dict[str, int]]) -> bool:
    """Print the counts; returns whether all are within their limits."""
    table = Table("task", *counts)
    for task in tasks:
        table.add_row(task, *(str(by_task[task]) for by_task in counts.values()))
    totals = {kind: sum(by_task.values()) for kind, by_task in counts.items()}
    table.add_row("all", *map(str, totals.values()), style="bold")
    table.add_row("limit", *(str(LIMITS[kind]) for kind in counts))
    console.print(table)
    return all(totals[kind] <= LIMITS[kind] for kind in counts)


if __name__ == "__main__":
    sys.exit(main())
