"""What a backfill would do, before it does it: `python -m sparkify.plan FROM TO`.

Reads S3's listings and the warehouse, and writes nothing. For each partition of the span it
says which object would be read, how many of its hours are loaded from the object as it is
now, from an older version, or not at all; and how many rows each table holds for the hours
that would change. It runs where Airflow's connections and variables are known.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sparkify.sources import find, fingerprint, partition_key
from sparkify.staging.folder import hold_against
from sparkify.statements import statement
from sparkify.warehouse import Warehouse
from sparkify.window import (
    InvalidWindow,
    PartitionUnit,
    Window,
    covered_span,
    joined,
    resolve_window,
)

_DAG = Path(__file__).resolve().parents[2] / "dags" / "sparkify_etl.py"

_NOTHING = "nothing would be read"

State = Literal["new", "changed", "unchanged", "no object"]


@dataclass(frozen=True, slots=True)
class PartitionPlan:
    """One partition's object, and what a load of each of its hours would find."""

    url: str
    size: int | None
    hours: list[tuple[Window, State]]

    def __str__(self) -> str:
        counts = Counter(state for _, state in self.hours)
        told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        size = "no object" if self.size is None else f"{self.size:,} bytes"
        return f"  {self.url:<64}  {size:>16}  hours: {told}"


def plan_partitions(
    warehouse: Warehouse,
    s3: Any,
    *,
    table: str,
    bucket: str,
    key: str,
    unit: PartitionUnit,
    span: Window,
) -> list[PartitionPlan]:
    """What a backfill of `span`, hour by hour, would read, against what the ledger knows."""
    loads = [
        (url, etag, Window(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)))
        for url, etag, start, end in warehouse.query(
            statement("plan/loads_of_window.sql"), span.bindings() | {"table_name": table}
        )
    ]
    plans = []
    for partition in span.partitions(unit):
        objects = find(s3, bucket, where := partition_key(key, partition.start))
        present = {(item.url, item.etag) for item in objects}
        urls = {item.url for item in objects}
        hours = [
            (hour, _state(hour, present, [load for load in loads if load[0] in urls]))
            for hour in partition.overlap(span).partitions("hour")
        ]
        size = sum(item.size for item in objects) if objects else None
        plans.append(PartitionPlan(f"s3://{bucket}/{where}", size, hours))
    return plans


def _state(
    hour: Window, present: set[tuple[str, str]], loads: Iterable[tuple[str, str, Window]]
) -> State:
    """What the hour was last loaded from, held against the objects as they are now."""
    if not present:
        return "no object"
    touching = [load for load in loads if load[2].start < hour.end and hour.start < load[2].end]
    if not touching:
        return "new"
    last = {url: etag for url, etag, _ in touching}
    covered = sorted(
        (hour.overlap(window) for url, etag, window in touching if (url, etag) in present),
        key=lambda window: (window.start, window.end),
    )
    whole = covered_span(covered) == hour
    return "unchanged" if whole and set(last.items()) == present else "changed"


def describe_folder(warehouse: Warehouse, s3: Any, *, table: str, bucket: str, folder: str) -> str:
    """What the next run would read of a folder that has no partitions."""
    listed = find(s3, bucket, folder)
    name = {"table_name": table}
    last = warehouse.query(
        statement("operators/last_fingerprint.sql"), name | {"source": f"s3://{bucket}/{folder}"}
    )
    told = f"  s3://{bucket}/{folder}: {len(listed):,} objects"
    if last and last[0][0] == fingerprint(listed):
        return f"{told}, all loaded: {_NOTHING}"
    known = dict(warehouse.query(statement("operators/loaded_etags.sql"), name))
    changes, gone, in_full = hold_against(known, listed)
    new = sum(item.url not in known for item in changes)
    read = len(listed) if in_full else new
    return (
        f"{told}, {new:,} new, {len(changes) - new:,} changed, {len(gone):,} gone:"
        f" {read:,} would be read"
    )


def rows_now(warehouse: Warehouse, windows: Sequence[Window]) -> dict[str, int]:
    """Rows that each table holds for some windows."""
    rows: Counter[str] = Counter()
    for window in windows:
        found = warehouse.query(statement("plan/rows_in_window.sql"), window.bindings())
        rows.update({table: int(count) for table, count in found})
    return dict(rows)


def report(
    warehouse: Warehouse, span: Window, partitions: Sequence[PartitionPlan], folders: Sequence[str]
) -> str:
    """The whole plan, as text."""
    hours = [pair for partition in partitions for pair in partition.hours]
    changing = joined(hour for hour, state in hours if state in {"new", "changed"})
    held, replaced = rows_now(warehouse, [span]), rows_now(warehouse, changing)
    lines = [f"{len(hours)} hours, {span}", "", "would read"]
    lines += [*map(str, partitions), *folders, ""]
    lines += [f"  {'table':<16}{'rows now':>12}{'to be replaced':>18}"]
    lines += [
        f"  {table:<16}{count:>12,}{replaced.get(table, 0):>18,}" for table, count in held.items()
    ]
    lines += ["", "would change"]
    if any(not folder.endswith(_NOTHING) for folder in folders):
        lines += ["  songs and artists, and plays of any hour that a song there matches"]
    lines += [f"  {window}" for window in changing] or [
        "  no hour: each with an object is loaded from it as it is now"
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Plan a backfill of the DAG sparkify_etl."""
    parser = argparse.ArgumentParser(prog="plan", description=__doc__.splitlines()[0])
    parser.add_argument("start", metavar="FROM", help="first moment, as 2018-11-01T00:00")
    parser.add_argument("end", metavar="TO", help="the moment up to which, itself not included")
    options = parser.parse_args(arguments)
    if not (options.start and options.end):
        parser.error("both FROM and TO are needed, as 2018-11-01 2018-11-03T12:00")
    try:
        span = resolve_window(
            {"window_start": options.start, "window_end": options.end},
            interval=None,
            run_after=datetime.now(UTC),
        )
        told = _plan(span)
    except InvalidWindow as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    print(told)  # noqa: T201
    return 0


def _plan(span: Window) -> str:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from airflow.sdk.execution_time.context import VariableAccessor

    from sparkify.operators import StageToRedshiftOperator

    tasks = [
        task.prepare_for_execution()
        for task in DagBag(str(_DAG)).dags["sparkify_etl"].tasks
        if isinstance(task, StageToRedshiftOperator)
    ]
    partitions: list[PartitionPlan] = []
    folders: list[str] = []
    with Warehouse.connect(tasks[0].redshift_conn_id) as warehouse:
        for task in tasks:
            task.render_template_fields(
                {"var": {"value": VariableAccessor(deserialize_json=False)}}
            )
            s3 = S3Hook(aws_conn_id=task.aws_conn_id).get_conn()
            if task.partition is None:
                folders.append(
                    describe_folder(
                        warehouse, s3, table=task.table, bucket=task.bucket, folder=task.key
                    )
                )
            else:
                partitions += plan_partitions(
                    warehouse,
                    s3,
                    table=task.table,
                    bucket=task.bucket,
                    key=task.key,
                    unit=task.partition,
                    span=span,
                )
        return report(warehouse, span, partitions, folders)


if __name__ == "__main__":
    sys.exit(main())
