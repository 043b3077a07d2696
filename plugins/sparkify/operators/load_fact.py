"""LoadFactOperator: replaces the window of a fact table."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from sparkify.failures import LoadRefused
from sparkify.loads.watermark import PendingLoads, advance, pending_loads
from sparkify.model import StarTable
from sparkify.operators.base import RedshiftOperator, provenance, window_of
from sparkify.operators.lineage import loaded
from sparkify.tasks.failing_fast import failing_fast
from sparkify.warehouse.locks import WATERMARKS, lock
from sparkify.warehouse.place import Place
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import Window

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage


class LoadFactOperator(RedshiftOperator):
    """Replace the run's window in a fact table, in one transaction.

    The rows of the window are deleted and those of `select` inserted. The transaction commits
    only if the table passes its checks (see ``sparkify.quality.suite``). Parallel runs come one
    after the other (see ``sparkify.warehouse.locks``). Run again, beside another run, or after a
    crash, the table ends the same.

    :param table: the fact table, as ``sparkify.model`` declares it, with its event time.
    :param select: a SELECT of the window's rows, or the .sql file that has it. Its columns
        go to those of the same name. `%(window_start)s` and `%(window_end)s` are bound. Where
        it gives a row outside of the window, which the next run would insert once more, the
        task fails and loads nothing.
    :param late_update: an UPDATE, or the .sql file that has it, for rows of any window that the
        table's `late_source` changes: `%(after_load)s` and `%(upto_load)s` are bound to the loads
        of it that the table has not yet seen. It is left out where there are none.
    """

    template_fields: Sequence[str] = ("select", "late_update")
    template_ext: Sequence[str] = (".sql",)
    template_fields_renderers: ClassVar[dict[str, str]] = {"select": "sql", "late_update": "sql"}
    ui_color = "#f6c5a0"

    def __init__(
        self,
        *,
        table: StarTable,
        select: str,
        late_update: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if (late_update is None) != (table.late_source is None):
            raise ValueError(
                f"late_update goes together with late_source of {table.name}: give both, or neither"
            )
        if table.event_time is None:
            raise ValueError(f"{table.name} has no event_time: a fact table is loaded by window")
        self.table = table
        self.select = select
        self.late_update = late_update

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Load the window.

        :returns: how many rows were `replaced`, `inserted` and `filled_in`.
        :raises AirflowFailException: `select` gives rows outside of the window.
        """
        window = window_of(context)
        self.log.info("Loading %s for the window %s", self.table.name, window)
        began = time.monotonic()
        with (
            self.keeping_failures(self.table, context),
            failing_fast(),
            self.connect() as warehouse,
        ):
            late = self._late_loads(warehouse)
            with self.checked(warehouse, self.table, context).transaction():
                lock(warehouse, self.table.name, *([WATERMARKS] if late else []))
                replaced, inserted = self._replace(warehouse, window)
                filled = self._fill_in(warehouse, context) if late else 0
        self._rows = inserted
        self.log.info(
            "%s: %d rows replaced by %d, %d of other windows filled in, in %.2f s",
            self.table.name,
            replaced,
            inserted,
            filled,
            time.monotonic() - began,
        )
        counts = {"replaced": replaced, "inserted": inserted, "filled_in": filled}
        self.report(context, self.table.name, counts)
        return counts

    def lineage_in(self, place: Place) -> OperatorLineage:
        return loaded(place, self.table.name, self.select, self._rows)

    def _replace(self, warehouse: Warehouse, window: Window) -> tuple[int, int]:
        values = window.bindings()
        table, event_time = self.table.name, str(self.table.event_time)
        names = {"table": table, "event_time": event_time}
        replaced = warehouse.execute(statement("operators/delete_window.sql", **names), values)
        columns = warehouse.columns(self.select, values)
        inserted = warehouse.insert_selected(table, columns, self.select, values)
        count_window = statement("operators/count_window.sql", **names)
        ((inside,),) = warehouse.query(count_window, values)
        if inside != inserted:
            raise LoadRefused(
                f"{table}: {inserted - inside} of the {inserted} rows that `select` gave lie"
                f" outside of the window {window}, by {event_time}: nothing was loaded."
                " Put %(window_start)s and %(window_end)s into the select"
            )
        return replaced, inserted

    def _late_loads(self, warehouse: Warehouse) -> PendingLoads | None:
        source = self.table.late_source
        if source is None:
            return None
        return pending_loads(warehouse, table=self.table.name, source=source.name)

    def _fill_in(self, warehouse: Warehouse, context: Mapping[str, Any]) -> int:
        loads = self._late_loads(warehouse)  # again: another run may have seen to them
        if not loads:
            return 0
        filled = warehouse.execute(str(self.late_update), loads.bindings())
        advance(warehouse, loads, run_id=provenance(context)["run_id"])
        return filled
