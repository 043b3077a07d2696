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
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sparkify.loads.folder import hold_against, last_state
from sparkify.loads.ledger import loaded_versions
from sparkify.loads.objects import list_below
from sparkify.loads.partitions import PartitionedSource
from sparkify.loads.settled import (
    PartitionState,
    changing_hours,
    partition_states,
    rows_in_window,
)
from sparkify.model import Folder, Partitioned
from sparkify.tasks import aws
from sparkify.warehouse.session import Warehouse
from sparkify.window import (
    InvalidWindow,
    Window,
    joined,
    resolve_window,
)

_DAG = Path(__file__).resolve().parents[3] / "dags" / "sparkify_etl.py"

_NOTHING = "nothing would be read"


def describe_folder(warehouse: Warehouse, s3: Any, *, table: str, bucket: str, folder: str) -> str:
    """What the next run would read of a folder that has no partitions."""
    listing, source = list_below(s3, bucket, folder), f"s3://{bucket}/{folder}"
    _, last_fingerprint = last_state(warehouse, table, source)
    summary = f"  {source}: {len(listing.objects):,} objects"
    if last_fingerprint == listing.fingerprint:
        return f"{summary}, all loaded: {_NOTHING}"
    known = loaded_versions(warehouse, table)
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
        rows.update(rows_in_window(warehouse, window))
    return dict(rows)


def _line(partition: PartitionState) -> str:
    size = "no object" if partition.size is None else f"{partition.size:,} bytes"
    return f"  {partition.url:<64}  {size:>16}  hours: {partition.summary()}"


def report(
    warehouse: Warehouse, span: Window, partitions: Sequence[PartitionState], folders: Sequence[str]
) -> str:
    """The whole plan, as text."""
    hours = len({hour.start for partition in partitions for hour, _ in partition.hours})
    changing = joined(changing_hours(partitions))
    held, replaced = rows_now(warehouse, [span]), rows_now(warehouse, changing)
    lines = [f"{hours} hours, {span}", "", "would read"]
    lines += [*map(_line, partitions), *folders, ""]
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
    partitions: list[PartitionState] = []
    folders: list[str] = []
    with Warehouse.connect(tasks[0].redshift_conn_id) as warehouse:
        for task in tasks:
            task.render_template_fields(
                {"var": {"value": VariableAccessor(deserialize_json=False)}}
            )
            s3 = aws.s3_client(S3Hook(aws_conn_id=task.aws_conn_id))
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
                    partitions += partition_states(warehouse, s3, source, table=table, span=span)
        return report(warehouse, span, partitions, folders)


if __name__ == "__main__":
    sys.exit(main())
