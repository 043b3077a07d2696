"""A load of one window of a source that is partitioned by time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sparkify.failures import LoadRefused, SourceChanged
from sparkify.ledger import Ledger, LoadedObject, loaded_together
from sparkify.sources import S3Object, find
from sparkify.staging.copying import Copier, StagingTable
from sparkify.staging.rejects import SECOND_OF_KEY, Rejects, one_or_several
from sparkify.statements import statement
from sparkify.warehouse import Warehouse
from sparkify.window import Window, joined

_ARRIVED, _INCOMING = "arrived_rows", "incoming_rows"


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of time, and the objects that hold it: one, or those below a folder."""

    span: Window
    key: str
    objects: tuple[S3Object, ...]


def load_window(
    warehouse: Warehouse,
    s3: Any,
    table: StagingTable,
    copier: Copier,
    rejects: Rejects,
    *,
    window: Window,
    partitions: Sequence[Partition],
    provenance: Mapping[str, str],
    inspect: Callable[[Sequence[S3Object]], None],
) -> dict[str, int]:
    """Replace the rows of `window`, as far as `partitions` cover it, by those of their objects.

    Of rows with one key in a partition the earliest is loaded, whatever the window is, so
    that a window holds the same rows in any order of loads. What S3 has no object for is
    left as it is.

    :param inspect: is shown the objects before they are copied.
    :raises LoadRefused: more rows are bad than may be.
    :raises SourceChanged: an object changed on the way.
    """
    inspect([item for partition in partitions for item in partition.objects])
    _create(warehouse, _INCOMING, table)
    loaded: list[LoadedObject] = []
    read = kept = outside = 0
    event_time = str(table.event_time)
    for partition in partitions:
        found = _load_partition(warehouse, table, copier, rejects, window, partition)
        loaded += found.objects
        read, kept, outside = read + found.read, kept + found.kept, outside + found.outside
    rejects.check(read)
    rejects.warn()
    with warehouse.transaction():
        warehouse.execute(statement("operators/lock.sql", tables=[table.name]))
        _make_sure_nothing_changed(s3, partitions)
        ((load_id,),) = warehouse.query(
            statement("operators/next_load_id.sql"), {"table_name": table.name}
        )
        delete = statement("operators/delete_window.sql", table=table.name, event_time=event_time)
        replaced = sum(
            warehouse.execute(delete, span.overlap(window).bindings())
            for span in joined(partition.span for partition in partitions)
        )
        names = {"table": table.name, "incoming": _INCOMING, "columns": table.columns}
        staged = warehouse.execute(
            statement("operators/insert_staged.sql", **names), {"load_id": load_id}
        )
        accounted = kept + outside + len(rejects.rows)
        if read != accounted or staged != kept:
            raise LoadRefused(
                f"{table.name}: of {read} rows read, {kept} were kept, {outside} are outside of"
                f" the window, {len(rejects.rows)} rejected and {staged} staged: nothing was loaded"
            )
        ledger = Ledger(warehouse, table.name, int(load_id), provenance)
        ledger.write_objects(loaded)
        ledger.write_errors(rejects.rows)
    return {
        "objects": len(loaded),
        "read": read,
        "staged": staged,
        "replaced": replaced,
        "rejected": len(rejects.rows),
    }


@dataclass(frozen=True, slots=True)
class _Found:
    """What a partition's objects held: rows read, kept for the window, outside of it."""

    objects: list[LoadedObject]
    read: int
    kept: int
    outside: int


def _load_partition(
    warehouse: Warehouse,
    table: StagingTable,
    copier: Copier,
    rejects: Rejects,
    window: Window,
    partition: Partition,
) -> _Found:
    """COPY a partition's objects, and set aside its rows that are in the window."""
    before = len(rejects.rows)
    _create(warehouse, _ARRIVED, table)
    copied = copier.copy(_ARRIVED, partition.objects, rejects)
    if copied.refused and not copied.loaded:
        rejects.refuse(f"No row of {one_or_several(partition.objects)} could be read.")
    bounds = partition.span.bindings()
    values = {
        "partition_start": bounds["window_start"],
        "partition_end": bounds["window_end"],
        **partition.span.overlap(window).bindings(),
    }
    _reject_taken(warehouse, table, rejects, partition, values)
    kept = warehouse.execute(
        statement("operators/keep_window.sql", incoming=_INCOMING, **_names(table)), values
    )
    count_kept = statement(
        "operators/count_kept.sql",
        arrived=_ARRIVED,
        key=table.key,
        event_time=str(table.event_time),
    )
    ((inside, keys),) = warehouse.query(count_kept, values)
    warehouse.execute(f"drop table {_ARRIVED}")
    outside = int(keys) - int(inside)
    span = partition.span.overlap(window).bindings()
    objects = [
        replace(item, window_start=span["window_start"], window_end=span["window_end"])
        for item in loaded_together(partition.objects, copied.lines, rejects.rows[before:])
    ]
    if len(objects) == 1:  # of several, COPY does not say which a row came from
        objects = [
            replace(objects[0], rows_read=copied.read, rows_staged=kept, rows_outside=outside)
        ]
    return _Found(objects, copied.read, kept, outside)


def _reject_taken(
    warehouse: Warehouse,
    table: StagingTable,
    rejects: Rejects,
    partition: Partition,
    values: Mapping[str, Any],
) -> None:
    """Reject rows that COPY took: those of another partition, and second ones of a key."""
    event_time, key = str(table.event_time), table.key
    arrived = {"arrived": _ARRIVED, "event_time": event_time}
    count_copies = statement("operators/count_copies.sql", key=key, **arrived)
    ((elsewhere,),) = warehouse.query(statement("operators/count_elsewhere.sql", **arrived), values)
    ((copies,),) = warehouse.query(count_copies, values)
    for count, select, column, reason in (
        (
            int(elsewhere),
            "select_elsewhere",
            event_time,
            f"the row's {event_time} is outside of its object's {partition.span}",
        ),
        (int(copies), "select_copies", ", ".join(key), SECOND_OF_KEY),
    ):
        if count:
            sql = statement(f"operators/{select}.sql", **_names(table))
            rejects.add(
                warehouse.query(rejects.limited(sql, count), values),
                count=count,
                columns=table.columns,
                objects=partition.objects,
                column=column,
                reason=reason,
            )


def _names(table: StagingTable) -> dict[str, str | Sequence[str]]:
    return {
        "arrived": _ARRIVED,
        "columns": table.columns,
        "key": table.key,
        "event_time": str(table.event_time),
    }


def _make_sure_nothing_changed(s3: Any, partitions: Sequence[Partition]) -> None:
    """Under the table's lock, so that no older state of S3 is put over a newer one.

    :raises SourceChanged: an object is no longer as it was listed.
    """
    for partition in partitions:
        bucket = partition.objects[0].bucket
        if tuple(find(s3, bucket, partition.key)) != partition.objects:
            raise SourceChanged(
                f"{one_or_several(partition.objects)} changed while it was loaded:"
                " nothing was loaded, the next try reads it as it is now"
            )


def _create(warehouse: Warehouse, temporary: str, table: StagingTable) -> None:
    warehouse.execute(
        statement("operators/create_incoming.sql", incoming=temporary, table=table.name)
    )
