"""LoadDimensionOperator: keeps a dimension table up to date."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from sparkify.loads.watermark import advance, every_load, pending_loads
from sparkify.model import Folder, StarTable
from sparkify.operators.base import RedshiftOperator, provenance
from sparkify.operators.lineage import loaded
from sparkify.quality.gate import Gate
from sparkify.tasks.failing_fast import failing_fast
from sparkify.warehouse.columns import columns_to_load
from sparkify.warehouse.locks import WATERMARKS, lock
from sparkify.warehouse.place import Place
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import ALL_TIME

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

_INCOMING, _ASIDE = "incoming_rows", "rows_set_aside"

Mode = Literal["upsert", "append", "window", "rebuild"]


class LoadDimensionOperator(RedshiftOperator):
    """Load a dimension table from a SELECT, in one transaction.

    The transaction commits only if the table passes its checks (see ``sparkify.quality.suite``).

    Parallel runs take turns (see ``sparkify.warehouse.locks``), so no key is inserted twice.

    If the source of the table's staging table is a folder, rows come from its new loads. Without a
    new load nothing is done. If the folder was read in full again, all rows are replaced, because
    some may be gone. For any other source, rows come from the run's window. A window without rows
    is only checked (see ``window_has_rows``), except in mode `rebuild`.

    With `repair`, the rows of the run's window are loaded again. If the run has no window, or the
    source is a folder, whose rows belong to no window, all rows are.

    :param table: the dimension table, as ``sparkify.model`` declares it.
    :param select: a SELECT with one row per key, or the .sql file that has it. Its columns
        go to those of the same name; it gives all that the table has. `%(window_start)s` and
        `%(window_end)s` are bound, and for a folder `%(after_load)s` and `%(upto_load)s`.
    :param mode: what happens to rows that are there already.

        - `upsert`: the newest row of a key stays, by the table's event time. If the table has
          no event time, the selected row stays. Rows last written by this window are deleted,
          then restored from earlier windows if needed.
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
        window = self.window_in(context)
        with (
            self.keeping_failures(self.table, context),
            failing_fast(),
            self.connect() as warehouse,
        ):
            gate = self.checked(warehouse, self.table, context)
            counts = {"replaced": 0, "inserted": 0}
            if isinstance(self.table.loaded_from.source, Folder):
                counts |= self._load_new(warehouse, gate, provenance(context)["run_id"])
            elif self.mode == "rebuild" or self.window_has_rows(warehouse, self.table, window):
                with gate.transaction():
                    lock(warehouse, self.table.name)
                    counts = self._load(warehouse, window.bindings(), in_full=window == ALL_TIME)
            else:
                gate.check_unchanged()
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

    def _load_new(self, warehouse: Warehouse, gate: Gate, run_id: str) -> dict[str, int]:
        """Load what the source's new loads brought; no counts if there are none."""
        table, source = self.table.name, self.table.loaded_from.name
        if not self.repair and not pending_loads(warehouse, table=table, source=source):
            self.log.info("%s: nothing new in %s", table, source)
            return {}
        with gate.transaction():
            lock(warehouse, table, WATERMARKS)
            to_see = every_load if self.repair else pending_loads
            loads = to_see(warehouse, table=table, source=source)
            if not loads:  # another run was faster
                return {}
            values = gate.window.bindings() | loads.bindings()
            counts = self._load(warehouse, values, in_full=loads.in_full)
            advance(warehouse, loads, run_id=run_id)
        return counts

    def _load(
        self, warehouse: Warehouse, values: Mapping[str, Any], *, in_full: bool = False
    ) -> dict[str, int]:
        """Replace rows; temporary tables end with the session."""
        columns = columns_to_load(warehouse, self.table.name, self.select, values)
        self._create(warehouse, _INCOMING)
        incoming = warehouse.insert_selected(_INCOMING, columns, self.select, values)
        aside = replaced = inserted = 0
        if in_full or self.mode == "rebuild":
            replaced = warehouse.execute(self._statement("delete_all"))
        elif self.mode == "window":
            replaced = warehouse.execute(self._of_window("delete_window"), values)
        elif self.mode == "upsert" and self.table.event_time is not None:
            aside = replaced = self._set_aside(warehouse, values)
        if incoming:
            if self.mode == "upsert" and not in_full:
                replaced += warehouse.execute(self._delete_replaced())
            inserted = warehouse.execute(
                self._statement("insert_missing", incoming=_INCOMING, columns=columns)
            )
        if aside:
            inserted += self._refill(warehouse, columns, values, aside)
        return {"replaced": replaced, "inserted": inserted}

    def _set_aside(self, warehouse: Warehouse, values: Mapping[str, Any]) -> int:
        """Move the rows that this window wrote last to another table, and return how many."""
        ((rows,),) = warehouse.query(self._of_window("count_window"), values)
        if rows:
            self._create(warehouse, _ASIDE)
            warehouse.execute(self._of_window("set_window_aside", aside=_ASIDE), values)
            warehouse.execute(self._of_window("delete_window"), values)
        return int(rows)

    def _delete_replaced(self) -> str:
        """The statement that deletes rows that incoming ones replace."""
        if self.table.event_time is None:
            return self._statement("delete_matching", incoming=_INCOMING)
        return self._statement(
            "delete_older", incoming=_INCOMING, newest_by=str(self.table.event_time)
        )

    def _refill(
        self,
        warehouse: Warehouse,
        columns: Sequence[str],
        values: Mapping[str, Any],
        aside: int,
    ) -> int:
        """Restore keys that only earlier windows have now, and return how many.

        There are such keys if the window has lost rows since it was last loaded.

        :param aside: the number of rows that were set aside.
        """
        again = warehouse.execute(
            statement(
                "operators/delete_matching.sql",
                table=_ASIDE,
                incoming=self.table.name,
                key=self.table.key,
            )
        )
        if again == aside:
            return 0
        warehouse.execute(statement("operators/delete_all.sql", table=_INCOMING))
        beginning = ALL_TIME.bindings()["window_start"]
        earlier = {"window_start": beginning, "window_end": values["window_start"]}
        warehouse.insert_selected(_INCOMING, columns, self.select, dict(values) | earlier)
        return warehouse.execute(
            self._statement("insert_refilled", incoming=_INCOMING, aside=_ASIDE, columns=columns)
        )

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
