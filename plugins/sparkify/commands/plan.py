"""Show what a backfill would do: `python -m sparkify.commands.plan FROM TO`.

The plan reads S3's listings and the warehouse, and writes nothing. For each partition of the span
it shows which objects a backfill would read, how many hours are up to date, out of date or not
loaded, and how many rows each table holds for the hours that may change. Run it where Airflow's
connections and variables are known.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sparkify.loads.folder import hold_against
from sparkify.loads.objects import S3Object, list_below
from sparkify.loads.partitions import Partition, PartitionedSource
from sparkify.model import Folder, Partitioned
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import (
    InvalidWindow,
    Window,
    covered_span,
    joined,
    resolve_window,
)

_DAG = Path(__file__).resolve().parents[3] / "dags" / "sparkify_etl.py"

_NOTHING = "nothing would be read"

State = Literal["new", "changed", "out of date", "grown", "unchanged", "no object"]


@dataclass(frozen=True, slots=True)
class PastLoad:
    """One object in one load: which part of the window came from which version of it."""

    load_id: int
    url: str
    etag: str
    size: int
    window: Window


@dataclass(frozen=True, slots=True)
class PartitionPlan:
    """One partition's objects, and what a load of each of its hours would find."""

    url: str
    size: int | None
    hours: list[tuple[Window, State]]

    def __str__(self) -> str:
        counts = Counter(state for _, state in self.hours)
        summary = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        size = "no object" if self.size is None else f"{self.size:,} bytes"
        return f"  {self.url:<64}  {size:>16}  hours: {summary}"


def plan_partitions(
    warehouse: Warehouse, s3: Any, source: PartitionedSource, *, table: str, span: Window
) -> list[PartitionPlan]:
    """What a backfill of `span`, hour by hour, would read, against what the ledger knows."""
    state = source.state(s3, span)
    values = {"table_name": table} | _whole(state.partitions).bindings()
    loads = [
        PastLoad(
            int(load_id),
            url,
            etag,
            int(size),
            Window(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)),
        )
        for load_id, url, etag, size, start, end in warehouse.query(
            statement("plan/loads_of_window.sql"), values
        )
    ]
    late = {
        (int(load_id), hour.replace(tzinfo=UTC))
        for load_id, hour in warehouse.query(statement("plan/late_hours_of_window.sql"), values)
    }
    plans = []
    for partition in state.partitions:
        own = [load for load in loads if _touch(load.window, partition.span)]
        hours = [
            (hour, _state(hour, partition.objects, own, late))
            for hour in partition.span.overlap(span).partitions("hour")
        ]
        size = sum(item.size for item in partition.objects) if partition.objects else None
        plans.append(PartitionPlan(source.url(partition.key), size, hours))
    return plans


def _state(
    hour: Window,
    present: Sequence[S3Object],
    loads: Sequence[PastLoad],
    late: Collection[tuple[int, datetime]],
) -> State:
    """Compare the hour's last load with the objects as they are now.

    A day's file grows all day, so another version alone means little. A load of any hour reads
    the day's files whole, and notes the hours that differ from them. So the newest load that
    read exactly the present versions knows whether the hour is up to date, if it came after the
    hour's own last load. Where there is none, the files have `grown`, or are `changed`.

    :param loads: those of the partition, in their order.
    :param late: load and hour, for each hour that a load found out of date.
    """
    if not present:
        return "no object"
    own = [load for load in loads if _touch(load.window, hour)]
    spans = sorted((hour.overlap(load.window) for load in own), key=_start)
    if covered_span(spans) != hour:
        return "new"
    read: dict[int, set[tuple[str, str]]] = {}
    for load in loads:
        read.setdefault(load.load_id, set()).add((load.url, load.etag))
    versions = {(item.url, item.etag) for item in present}
    readers = [load_id for load_id, seen in read.items() if seen == versions]
    if readers and max(readers) >= max(load.load_id for load in own):
        return "out of date" if (max(readers), hour.start) in late else "unchanged"
    sizes = {load.url: load.size for load in loads}
    grown = sizes.keys() <= {item.url for item in present} and all(
        item.size >= sizes.get(item.url, 0) for item in present
    )
    return "grown" if grown else "changed"


def _touch(one: Window, other: Window) -> bool:
    return one.start < other.end and other.start < one.end


def _start(window: Window) -> datetime:
    return window.start


def _whole(partitions: Sequence[Partition]) -> Window:
    return Window(partitions[0].span.start, partitions[-1].span.end)


def describe_folder(warehouse: Warehouse, s3: Any, *, table: str, bucket: str, folder: str) -> str:
    """What the next run would read of a folder that has no partitions."""
    listing, source = list_below(s3, bucket, folder), f"s3://{bucket}/{folder}"
    name = {"table_name": table}
    last = warehouse.query(statement("operators/last_fingerprint.sql"), name | {"source": source})
    summary = f"  {source}: {len(listing.objects):,} objects"
    if last and last[0][0] == listing.fingerprint:
        return f"{summary}, all loaded: {_NOTHING}"
    known = dict(warehouse.query(statement("operators/loaded_etags.sql"), name))
    changes, gone, in_full = hold_against(known, listing.objects)
    new = sum(item.url not in known for item in changes)
    read = len(listing.objects) if in_full else new
    return (
        f"{summary}, {new:,} new, {len(changes) - new:,} changed, {len(gone):,} gone:"
        f" {read:,} would be read"
    )


def rows_now(warehouse: Warehouse, windows: Sequence[Window]) -> dict[str, int]:
    """Rows that each table with an event time holds for some windows."""
    rows: Counter[str] = Counter()
    for window in windows:
        counts = warehouse.query(statement("plan/rows_in_window.sql"), window.bindings())
        rows.update({table: int(count) for table, count in counts})
    return dict(rows)


def report(
    warehouse: Warehouse, span: Window, partitions: Sequence[PartitionPlan], folders: Sequence[str]
) -> str:
    """The whole plan, as text."""
    hours = [pair for partition in partitions for pair in partition.hours]
    changing = joined(hour for hour, state in hours if state not in {"unchanged", "no object"})
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
        text = _plan(span)
    except InvalidWindow as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    print(text)  # noqa: T201
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
            table = task.table.name
            match task.source:
                case Folder(folder):
                    folders.append(
                        describe_folder(
                            warehouse, s3, table=table, bucket=task.bucket, folder=folder
                        )
                    )
                case Partitioned() as partitioned:
                    source = PartitionedSource(task.bucket, partitioned)
                    partitions += plan_partitions(warehouse, s3, source, table=table, span=span)
        return report(warehouse, span, partitions, folders)


if __name__ == "__main__":
    sys.exit(main())
