"""Which hours and days are not loaded as their files are now.

A day is settled when the present version of each of its files has been loaded for the whole day.
The command `plan`, the DAG `sparkify_catch_up` and the page Trust all ask here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from sparkify.loads.objects import S3Object
from sparkify.loads.partitions import PartitionedSource
from sparkify.model import STAGING, Partitioned
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import Window, covered_span

State = Literal["new", "changed", "out of date", "grown", "unchanged", "no object"]
_SETTLED = frozenset({"unchanged", "no object"})


@dataclass(frozen=True, slots=True)
class PastLoad:
    """One object in one load: which part of the window came from which version of it."""

    load_id: int
    url: str
    etag: str
    size: int
    window: Window


@dataclass(frozen=True, slots=True)
class PartitionState:
    """One partition's objects, and how each of its hours compares with them.

    :param size: bytes of its objects; None if it has none.
    """

    url: str
    size: int | None
    hours: list[tuple[Window, State]]

    def summary(self) -> str:
        """The number of hours in each state."""
        counts = Counter(state for _, state in self.hours)
        return ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))


@dataclass(slots=True)
class UnsettledDay:
    """A day that has to be loaded again.

    :param states: the number of its hours in each state that is not settled.
    :param urls: the files that those hours come from.
    """

    day: date
    states: Counter[str] = field(default_factory=Counter)
    urls: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        return f"{self.day}: {self.summary()} ({', '.join(sorted(self.urls))})"

    def summary(self) -> str:
        """The number of hours in each state: `2 hours new, 1 hour out of date`."""
        return ", ".join(
            f"{count} hour{'' if count == 1 else 's'} {state}"
            for state, count in sorted(self.states.items())
        )


def unsettled_days(warehouse: Warehouse, s3: Any, bucket: str, span: Window) -> list[UnsettledDay]:
    """The days of the span that are not settled, the earliest first.

    Days without a file are settled. The folder of each partitioned source is listed once.
    """
    days: dict[date, UnsettledDay] = {}
    for table in STAGING:
        if isinstance(table.source, Partitioned):
            source = PartitionedSource(bucket, table.source)
            for partition in partition_states(warehouse, s3, source, table=table.name, span=span):
                for hour, state in partition.hours:
                    if state not in _SETTLED:
                        day = days.setdefault(hour.start.date(), UnsettledDay(hour.start.date()))
                        day.states[state] += 1
                        day.urls.add(partition.url)
    return [days[day] for day in sorted(days)]


def changing_hours(partitions: Iterable[PartitionState]) -> list[Window]:
    """The hours that a load would change, in order."""
    hours = {
        hour for partition in partitions for hour, state in partition.hours if state not in _SETTLED
    }
    return sorted(hours, key=_start)


def whole_day(day: date) -> Window:
    """The window from midnight to midnight, in UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Window(start, start + timedelta(days=1))


def rows_in_window(warehouse: Warehouse, window: Window) -> dict[str, int]:
    """The number of rows that each table with an event time holds for a window."""
    counts = warehouse.query(statement("plan/rows_in_window.sql"), window.bindings())
    return {table: int(count) for table, count in counts}


def partition_states(
    warehouse: Warehouse, s3: Any, source: PartitionedSource, *, table: str, span: Window
) -> list[PartitionState]:
    """Compare each hour of the span with the files that it comes from, by the ledger."""
    state = source.state(s3, span)
    first, last = state.partitions[0].span, state.partitions[-1].span
    values = {"table_name": table} | Window(first.start, last.end).bindings()
    loads = [
        PastLoad(
            int(load_id),
            url,
            etag,
            int(size),
            Window.of_timestamps(start, end),
        )
        for load_id, url, etag, size, start, end in warehouse.query(
            statement("plan/loads_of_window.sql"), values
        )
    ]
    late = {
        (int(load_id), hour.replace(tzinfo=UTC))
        for load_id, hour in warehouse.query(statement("plan/late_hours_of_window.sql"), values)
    }
    states = []
    for partition in state.partitions:
        own = [load for load in loads if load.window.overlaps(partition.span)]
        hours = [
            (hour, _state(hour, partition.objects, own, late))
            for hour in partition.span.overlap(span).partitions("hour")
        ]
        size = sum(item.size for item in partition.objects) if partition.objects else None
        states.append(PartitionState(source.url(partition.key), size, hours))
    return states


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
    own = [load for load in loads if load.window.overlaps(hour)]
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


def _start(window: Window) -> datetime:
    return window.start
