"""LoadDimensionOperator: keeps a dimension table up to date."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from sparkify.loads.watermark import advance, pending_loads
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

_INCOMING, _ASIDE = "incoming_rows", "rows_set_aside"
_BEGINNING = datetime(1970, 1, 1)

Mode = Literal["newest", "missing", "window", "rebuild"]


class LoadDimensionOperator(RedshiftOperator):
    """Load a dimension table from a SELECT, in one transaction.

    Parallel runs come one after the other (see ``sparkify.warehouse.locks``), so that none puts
    a key there twice.

    :param table: the dimension table.
    :param select: a SELECT with one row a key, or the .sql file that has it. Its columns
        go to those of the same name. `%(window_start)s` and `%(window_end)s` are bound, and
        with a `source_table` `%(after_load)s` and `%(upto_load)s`.
    :param key: the columns of the table's key.
    :param mode: what becomes of a key that is there already. `newest`: the newer row stays,
        by `newest_by`, or the selected one where that is None. A row that came from the
        run's window goes, since the window is loaded anew; where only earlier windows have
        one of its key now, theirs is restored. `missing`: the row that is
        there stays. `window`: the rows of the run's window, by `newest_by`, are replaced.
        `rebuild`: all rows are replaced.
    :param newest_by: the column with the event time of a row.
    :param source_table: the staging table that `select` reads new loads of. Where it has
        none, nothing is done; where it was read in full again, so that rows of it may be gone,
        all rows are replaced.
    """

    template_fields: Sequence[str] = ("table", "select")
    template_ext: Sequence[str] = (".sql",)
    template_fields_renderers: ClassVar[dict[str, str]] = {"select": "sql"}
    ui_color = "#b5d8cc"

    def __init__(
        self,
        *,
        table: str,
        select: str,
        key: Sequence[str],
        mode: Mode = "newest",
        newest_by: str | None = None,
        source_table: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if mode not in get_args(Mode):
            raise ValueError(f"mode {mode!r} is none of {', '.join(get_args(Mode))}")
        if mode == "window" and newest_by is None:
            raise ValueError(
                "mode 'window' needs newest_by, the column that the window is a range of"
            )
        if source_table is not None and (newest_by is not None or mode == "missing"):
            raise ValueError(
                "source_table is for rows that no window has: it goes without newest_by, and"
                " with the modes 'newest' and 'rebuild'"
            )
        self.table = table
        self.select = select
        self.key = tuple(key)
        self.mode = mode
        self.newest_by = newest_by
        self.source_table = source_table

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Load the dimension.

        :returns: how many rows were `replaced` and `inserted`.
        """
        began = time.monotonic()
        window = window_of(context)
        with failing_fast(), self.connect() as warehouse:
            if self.source_table is None:
                with warehouse.transaction():
                    lock(warehouse, self.table)
                    counts = self._load(warehouse, window.bindings())
            else:
                counts = self._load_new(warehouse, self.source_table, window, context)
        self._rows = counts["inserted"]
        self.log.info(
            "%s: %d rows replaced, %d inserted for the window %s, in %.2f s",
            self.table,
            counts["replaced"],
            counts["inserted"],
            window,
            time.monotonic() - began,
        )
        self.report(context, self.table, counts)
        return counts

    def lineage_in(self, place: Place) -> OperatorLineage:
        return loaded(place, self.table, self.select, self._rows)

    def _load_new(
        self, warehouse: Warehouse, source: str, window: Window, context: Mapping[str, Any]
    ) -> dict[str, int]:
        """Load what the source's new loads brought, if there are any."""
        nothing = {"replaced": 0, "inserted": 0}
        if not pending_loads(warehouse, table=self.table, source=source):
            self.log.info("%s: nothing new in %s", self.table, source)
            return nothing
        with warehouse.transaction():
            lock(warehouse, self.table, WATERMARKS)
            loads = pending_loads(warehouse, table=self.table, source=source)
            if not loads:  # another run was faster
                return nothing
            values = window.bindings() | loads.bindings()
            counts = self._load(warehouse, values, in_full=loads.in_full)
            advance(warehouse, loads, run_id=provenance(context)["run_id"])
        return counts

    def _load(
        self, warehouse: Warehouse, values: Mapping[str, Any], *, in_full: bool = False
    ) -> dict[str, int]:
        columns = warehouse.columns(self.select, values)
        self._create(warehouse, _INCOMING)
        warehouse.insert_selected(_INCOMING, columns, self.select, values)
        replaced = self._delete(warehouse, values, in_full=in_full)
        inserted = warehouse.execute(
            self._statement("insert_missing", incoming=_INCOMING, columns=columns)
        )
        if self.mode == "newest" and self.newest_by is not None:
            inserted += self._refill(warehouse, columns, values)
        warehouse.execute(f"drop table {_INCOMING}")
        return {"replaced": replaced, "inserted": inserted}

    def _delete(self, warehouse: Warehouse, values: Mapping[str, Any], *, in_full: bool) -> int:
        """Delete what is to be replaced; how many rows."""
        if in_full or self.mode == "rebuild":
            return warehouse.execute(self._statement("delete_all"))
        match self.mode:
            case "window":
                return warehouse.execute(self._of_window("delete_window"), values)
            case "newest" if self.newest_by is None:
                return warehouse.execute(self._statement("delete_matching", incoming=_INCOMING))
            case "newest":
                # What this window said before is void, whether it says it again or not.
                self._create(warehouse, _ASIDE)
                warehouse.execute(self._of_window("set_window_aside", aside=_ASIDE), values)
                void = warehouse.execute(self._of_window("delete_window"), values)
                older = self._statement(
                    "delete_older", incoming=_INCOMING, newest_by=str(self.newest_by)
                )
                return void + warehouse.execute(older)
        return 0

    def _refill(
        self, warehouse: Warehouse, columns: Sequence[str], values: Mapping[str, Any]
    ) -> int:
        """Restore keys of which only earlier windows have rows; how many rows.

        There are such where the window was loaded before, and has lost them since.
        """
        left = warehouse.query(f"select count(*) from {_ASIDE}")[0][0]
        if left:
            left -= warehouse.execute(
                statement(
                    "operators/delete_matching.sql",
                    table=_ASIDE,
                    incoming=self.table,
                    key=self.key,
                )
            )
        restored = 0
        if left:
            warehouse.execute(statement("operators/delete_all.sql", table=_INCOMING))
            earlier = {"window_start": _BEGINNING, "window_end": values["window_start"]}
            warehouse.insert_selected(_INCOMING, columns, self.select, dict(values) | earlier)
            restored = warehouse.execute(
                self._statement(
                    "insert_refilled", incoming=_INCOMING, aside=_ASIDE, columns=columns
                )
            )
        warehouse.execute(f"drop table {_ASIDE}")
        return restored

    def _create(self, warehouse: Warehouse, name: str) -> None:
        warehouse.execute(
            statement("operators/create_incoming.sql", incoming=name, table=self.table)
        )

    def _of_window(self, name: str, **names: str) -> str:
        return self._statement(name, event_time=str(self.newest_by), **names)

    def _statement(self, name: str, **names: str | Sequence[str]) -> str:
        return statement(f"operators/{name}.sql", table=self.table, key=self.key, **names)
