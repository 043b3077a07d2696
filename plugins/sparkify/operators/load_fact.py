"""LoadFactOperator: replaces the window of a fact table."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from sparkify.failures import LoadRefused
from sparkify.loads.watermark import PendingLoads, advance, every_load, pending_loads
from sparkify.model import StarTable
from sparkify.operators.base import RedshiftOperator, provenance
from sparkify.operators.lineage import loaded
from sparkify.tasks.failing_fast import failing_fast
from sparkify.warehouse.columns import columns_to_load
from sparkify.warehouse.locks import WATERMARKS, lock
from sparkify.warehouse.place import Place
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import ALL_TIME, Window

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage


class LoadFactOperator(RedshiftOperator):
    """Replace the run's window in a fact table, in one transaction.

    The rows of the window are deleted and those of `select` inserted. The transaction commits
    only if the table passes its checks (see ``sparkify.quality.suite``). Parallel runs take
    turns (see ``sparkify.warehouse.locks``). The table ends the same if the task runs again,
    beside another run, or after a crash. A window without rows is only checked (see
    ``window_has_rows``).

    :param table: the fact table, as ``sparkify.model`` declares it, with its event time.
    :param select: a SELECT of the window's rows, or the .sql file that has it. Its columns
        go to those of the same name; it gives all that the table has. `%(window_start)s` and
        `%(window_end)s` are bound. If it gives a row outside of the window, which the next run
        would insert again, the task fails and loads nothing.
    :param late_update: an UPDATE, or the .sql file that has it, for rows of any window that the
        table's `late_source` changes: `%(after_load)s` and `%(upto_load)s` are bound to the loads
        of it that the table has not yet seen. It does not run if there are none, or in a
        repair, which does not change rows of other windows.
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
        if not self.repair and (late_update is None) != (table.late_source is None):
            raise ValueError(
                f"late_update goes together with late_source of {table.name}: give both, or neither"
            )
        if not table.fact:
            raise ValueError(f"{table.name} is not declared as a fact table: give it fact=True")
        self.table = table
        self.select = select
        self.late_update = late_update

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Load the window.

        :returns: how many rows were `replaced`, `inserted` and `filled_in`.
        :raises AirflowFailException: `select` gives rows outside of the window.
        """
        window = self.window_in(context)
        self.log.info("Loading %s for the window %s", self.table.name, window)
        began = time.monotonic()
        with (
            self.keeping_failures(self.table, context),
            failing_fast(),
            self.connect() as warehouse,
        ):
            follows = self._follows_late_source(warehouse, window)
            gate = self.checked(warehouse, self.table, context)
            replaced = inserted = filled = 0
            if follows or self.window_has_rows(warehouse, self.table, window):
                with gate.transaction():
                    lock(warehouse, self.table.name, *([WATERMARKS] if follows else []))
                    replaced, inserted = self._replace(warehouse, window)
                    filled = self._fill_in(warehouse, context) if follows else 0
            else:
                gate.check_unchanged()
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
        if window == ALL_TIME:
            replaced = warehouse.execute(statement("operators/delete_all.sql", table=table))
        else:
            replaced = warehouse.execute(statement("operators/delete_window.sql", **names), values)
        columns = columns_to_load(warehouse, table, self.select, values)
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

    def _follows_late_source(self, warehouse: Warehouse, window: Window) -> bool:
        """Whether there are loads of the late source that the whole table has to follow."""
        if self.table.late_source is None:
            return False
        if self.repair:  # rows of other windows are left alone
            return window == ALL_TIME
        return bool(self._late_loads(warehouse))

    def _fill_in(self, warehouse: Warehouse, context: Mapping[str, Any]) -> int:
        loads = self._late_loads(warehouse)  # read again: another run may have filled them in
        if not loads:
            return 0
        # A repair has just matched all rows.
        filled = 0 if self.repair else warehouse.execute(str(self.late_update), loads.bindings())
        advance(warehouse, loads, run_id=provenance(context)["run_id"])
        return filled

    def _late_loads(self, warehouse: Warehouse) -> PendingLoads:
        assert self.table.late_source is not None
        to_see = every_load if self.repair else pending_loads
        return to_see(warehouse, table=self.table.name, source=self.table.late_source.name)
