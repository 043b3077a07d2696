"""Load one window of a source that is partitioned by time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sparkify.failures import LoadRefused, SourceChanged
from sparkify.loads.forgotten import ForgottenUsers, refuse_if_outdated
from sparkify.loads.judging import JUDGED, Bounds, Judge
from sparkify.loads.ledger import LateRows, Ledger, ignored_objects, judged_objects, next_load_id
from sparkify.loads.objects import one_or_several
from sparkify.loads.partitions import Partition, PartitionedSource, SourceState
from sparkify.loads.verdicts import Judgement, Loaded, Verdicts, log_rejected
from sparkify.model import StagingTable
from sparkify.warehouse.locks import LEDGER, lock
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import Window, joined

log = logging.getLogger(__name__)

_TRIES = 20


class _Overtaken(Exception):
    """Another load of the same time has been committed since S3 was looked at."""

    def __init__(self, load_id: int) -> None:
        super().__init__(load_id)
        self.load_id = load_id


@dataclass(frozen=True, slots=True)
class _JudgedPartition:
    """A partition's objects, what came of them, and the hours that they show to be out of date."""

    partition: Partition
    bounds: Bounds
    judgement: Judgement
    late: Sequence[LateRows]


@dataclass(frozen=True, slots=True)
class WindowLoad:
    """What a load of a window works with.

    :param transaction: opens the transaction that the load commits by, with its checks.
    :param provenance: dag_id, run_id and task_id.
    :param forgotten: the users who were forgotten when the load began.
    """

    warehouse: Warehouse
    s3: Any
    table: StagingTable
    source: PartitionedSource
    window: Window
    transaction: Callable[[], AbstractContextManager[None]]
    provenance: Mapping[str, str]
    forgotten: ForgottenUsers

    def run(self, judge: Judge, state: SourceState, next_load: int) -> Loaded:
        """Replace the window's rows, as far as there are objects for it, by those of its objects.

        Of rows with one key in a partition the earliest is loaded, whatever the window is, so
        that a window holds the same rows in any order of loads. What S3 has no object for is
        left as it is.

        :param state: what the source holds for the window.
        :param next_load: the number of the next load, read before the source was listed.
        :raises LoadRefused: an object must not be loaded.
        :raises SourceChanged: the source changed on the way.
        """
        judged = [
            self._judge(judge, number, partition) for number, partition in enumerate(state.present)
        ]
        log_rejected([row for item in judged for row in item.judgement.rejected])
        verified = next_load  # S3 was looked at when the loads before this one were committed
        for _ in range(_TRIES):
            self._make_sure_nothing_changed(state)
            try:
                return self._put(judged, state, next_load, verified)
            except _Overtaken as overtaken:  # by what may have seen a newer state: look again
                verified = overtaken.load_id
        raise SourceChanged(f"{self.table.name}: other loads of {self.window} were faster")

    def _judge(self, judge: Judge, number: int, partition: Partition) -> _JudgedPartition:
        bounds = Bounds(partition.span, partition.span.overlap(self.window))
        judgement = judge.judge(partition.objects, number, bounds)
        log.info("%s", judgement)
        return _JudgedPartition(partition, bounds, judgement, self._late(judgement, bounds))

    def _late(self, judgement: Judgement, bounds: Bounds) -> list[LateRows]:
        """Find hours outside of the window that were loaded, and are otherwise in the objects."""
        if bounds.window == bounds.partition:
            return []
        sql = statement(
            "operators/late_rows.sql",
            table=self.table.name,
            judged=JUDGED,
            columns=self.table.columns,
            event_time=str(self.table.event_time),
        )
        values = {**bounds.bindings(), "table_name": self.table.name, "part": judgement.part}
        return [
            LateRows(one_or_several(judgement.objects), hour, int(late), int(gone))
            for hour, late, gone in self.warehouse.query(sql, values)
        ]

    def _make_sure_nothing_changed(self, state: SourceState) -> None:
        """Look at S3 once more, before the table is locked.

        :raises SourceChanged: an object of the window came, went or changed.
        """
        present = self.source.state(self.s3, self.window)
        for before, now in zip(state.partitions, present.partitions, strict=True):
            if before.objects != now.objects:
                raise SourceChanged(
                    f"{self.source.url(before.key)} changed while it was loaded:"
                    " nothing was loaded, the next try reads it as it is now"
                )

    def _put(
        self,
        judged: Sequence[_JudgedPartition],
        state: SourceState,
        next_load: int,
        verified: int,
    ) -> Loaded:
        """Put the judged rows in their place, and write the ledger, all or nothing.

        :param next_load: the number of the next load when the rows were judged.
        :param verified: the same when S3 was last looked at.
        :raises _Overtaken: another load of this time was committed; it may know a newer state.
        """
        warehouse, table = self.warehouse, self.table
        ignored = ignored_objects(warehouse, table.name, state.ignored)
        total = sum((item.judgement.verdicts for item in judged), Verdicts())
        with self.transaction():
            lock(warehouse, table.name, LEDGER)
            refuse_if_outdated(warehouse, table.personal, self.forgotten)
            load_id = next_load_id(warehouse, table.name)
            if load_id != verified and self._newer_loads(verified - 1):
                raise _Overtaken(load_id)
            late = [
                hour
                for item in judged
                for hour in (
                    item.late
                    if load_id == next_load  # else another load may have brought it up to date
                    else self._late(item.judgement, item.bounds)
                )
            ]
            delete = statement(
                "operators/delete_window.sql", table=table.name, event_time=str(table.event_time)
            )
            replaced = sum(
                warehouse.execute(delete, span.bindings())
                for span in joined(item.bounds.window for item in judged)
            )
            staged = warehouse.execute(
                statement(
                    "operators/insert_kept.sql",
                    table=table.name,
                    judged=JUDGED,
                    columns=table.columns,
                ),
                {"load_id": load_id},
            )
            if staged != total.kept:
                raise LoadRefused(
                    f"{table.name}: {total.kept} rows were to be kept, {staged} were inserted:"
                    " nothing was loaded"
                )
            ledger = Ledger(warehouse, table.name, load_id, self.provenance)
            read = [
                row
                for item in judged
                for row in judged_objects(
                    item.judgement, item.partition.objects, item.bounds.window.bindings()
                )
            ]
            ledger.write_objects([*read, *ignored])
            ledger.write_errors([row for item in judged for row in item.judgement.rejected])
            ledger.write_late_rows(late)
        for hour in late:
            log.warning(
                "%s is out of date: %d rows of %s are not loaded, %d loaded rows are not in it."
                " sparkify_catch_up loads the day again",
                hour.hour_start,
                hour.rows_late,
                hour.object_key,
                hour.rows_gone,
            )
        return Loaded(
            objects=sum(len(item.judgement.objects) for item in judged),
            verdicts=total,
            staged=staged,
            replaced=replaced,
            late=sum(hour.rows_late for hour in late),
        )

    def _newer_loads(self, seen_load: int) -> int:
        """Count the loads of the window's time that came after one that was seen."""
        ((count,),) = self.warehouse.query(
            statement("operators/newer_loads.sql"),
            {"table_name": self.table.name, "seen_load": seen_load, **self.window.bindings()},
        )
        return int(count)
