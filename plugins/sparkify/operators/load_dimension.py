"""LoadDimensionOperator: keeps a dimension table up to date."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from sparkify.loads.watermark import advance, pending_loads
from sparkify.model import Folder, StarTable
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

Mode = Literal["upsert", "append", "window", "rebuild"]


class LoadDimensionOperator(RedshiftOperator):
    """Load a dimension table from a SELECT, in one transaction.

    The transaction commits only if the table passes its checks (see ``sparkify.quality.suite``).

    Parallel runs come one after the other (see ``sparkify.warehouse.locks``), so that none puts
    a key there twice.

    Rows come from new loads of the table's staging table where its source is a folder: without
    a new load nothing is done, and where the folder was read in full again, so that rows may be
    gone, all rows are replaced. Else they come from the run's window.

    :param table: the dimension table, as ``sparkify.model`` declares it.
    :param select: a SELECT with one row a key, or the .sql file that has it. Its columns
        go to those of the same name. `%(window_start)s` and `%(window_end)s` are bound, and
        for a folder `%(after_load)s` and `%(upto_load)s`.
    :param mode: what happens to rows that are there already.

        - `upsert`: the newer row of a key stays, by the table's event time, or the selected one
          if it has none. A row that came from the run's window is deleted, because the window
          is loaded anew; if only earlier windows have its key now, their row is restored.
        - `window`: the rows of the run's window, by event time, are replaced.
        - `append`: rows that are there stay, and keys that are not there are added.
        - `rebuild`: all rows are deleted, and the selected ones loaded ("delete-load").
    """

    template_fields: Sequence[str] = ("select",)
    template_ext: Sequence[str] = (".sql",)
    template_fields_renderers: ClassVar[dict[str, str]] = {"select": "sql"}
    ui_color = "#b5d8cc"

    def __init__(
        self,
        *,
        table: StarTable,
        select: str,
        mode: Mode = "upsert",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if mode not in get_args(Mode):
            raise ValueError(f"mode {mode!r} is none of {', '.join(get_args(Mode))}")
        if mode == "window" and table.event_time is None:
            raise ValueError(f"mode 'window' needs an event_time, and {table.name} has none")
        if mode in {"window", "append"} and isinstance(table.loaded_from.source, Folder):
            raise ValueError(
                f"mode {mode!r} is for rows of a window, and {table.name} is loaded from a folder"
            )
        self.table = table
        self.select = select
        self.mode = mode

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Load the dimension.

        :returns: how many rows were `replaced` and `inserted`.
        """
        began = time.monotonic()
        window = window_of(context)
        with (
            self.keeping_failures(self.table, context),
            failing_fast(),
            self.connect() as warehouse,
        ):
            if isinstance(self.table.loaded_from.source, Folder):
                counts = self._load_new(warehouse, window, context)
            else:
                with self.checked(warehouse, self.table, context).transaction():
                    lock(warehouse, self.table.name)
                    counts = self._load(warehouse, window.bindings())
        self._rows = counts["inserted"]
        self.log.info(
            "%s: %d rows replaced, %d inserted for the window %s, in %.2f s",
            self.table.name,
            counts["replaced"],
            counts["inserted"],
            window,
            time.monotonic() - began,
        )
        self.report(context, self.table.name, counts)
        return counts

    def lineage_in(self, place: Place) -> OperatorLineage:
        return loaded(place, self.table.name, self.select, self._rows)

    def _load_new(
        self, warehouse: Warehouse, window: Window, context: Mapping[str, Any]
    ) -> dict[str, int]:
        """Load what the source's new loads brought, if there are any."""
        nothing = {"replaced": 0, "inserted": 0}
        table, source = self.table.name, self.table.loaded_from.name
        if not pending_loads(warehouse, table=table, source=source):
            self.log.info("%s: nothing new in %s", table, source)
            return nothing
        with self.checked(warehouse, self.table, context).transaction():
            lock(warehouse, table, WATERMARKS)
            loads = pending_loads(warehouse, table=table, source=source)
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
        if self.mode == "upsert" and self.table.event_time is not None:
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
            case "upsert" if self.table.event_time is None:
                return warehouse.execute(self._statement("delete_matching", incoming=_INCOMING))
            case "upsert":
                # What this window said before is void, whether it says it again or not.
                self._create(warehouse, _ASIDE)
                warehouse.execute(self._of_window("set_window_aside", aside=_ASIDE), values)
                void = warehouse.execute(self._of_window("delete_window"), values)
                older = self._statement(
                    "delete_older", incoming=_INCOMING, newest_by=str(self.table.event_time)
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
                    incoming=self.table.name,
                    key=self.table.key,
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
            statement("operators/create_incoming.sql", incoming=name, table=self.table.name)
        )

    def _of_window(self, name: str, **names: str) -> str:
        return self._statement(name, event_time=str(self.table.event_time), **names)

    def _statement(self, name: str, **names: str | Sequence[str]) -> str:
        return statement(
            f"operators/{name}.sql", table=self.table.name, key=self.table.key, **names
        )
