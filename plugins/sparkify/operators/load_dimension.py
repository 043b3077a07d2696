"""LoadDimensionOperator: keeps a dimension table up to date."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, get_args

from sparkify.failures import failing_fast
from sparkify.operators.base import RedshiftOperator, provenance, window_of
from sparkify.statements import statement
from sparkify.warehouse import Warehouse
from sparkify.watermark import PendingLoads, advance, pending_loads

_INCOMING = "incoming_rows"

Mode = Literal["newest", "missing", "window", "rebuild"]


class LoadDimensionOperator(RedshiftOperator):
    """Load a dimension table from a SELECT, in one transaction.

    The table is locked before it is read, so that parallel runs put no key there twice.

    :param table: the dimension table.
    :param select: a SELECT with one row a key, or the .sql file that has it. Its columns
        go to those of the same name. `%(window_start)s` and `%(window_end)s` are bound, and
        with a `source_table` `%(after_load)s` and `%(upto_load)s`.
    :param key: the columns of the table's key.
    :param mode: what becomes of a key that is there already. `newest`: the newer row stays,
        by `newest_by`, or the selected one where that is None. `missing`: the row that is
        there stays. `window`: the rows of the run's window, by `newest_by`, are replaced.
        `rebuild`: all rows are replaced.
    :param newest_by: the column that says how new a row is, or when it was.
    :param source_table: the staging table that `select` reads new loads of. Where it has
        none, nothing is done.
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
        window = window_of(context)
        began = time.monotonic()
        with failing_fast(), self.transaction() as warehouse:
            warehouse.execute(statement("operators/lock.sql", tables=[self.table]))
            loads = self._pending(warehouse)
            if loads is not None and not loads:
                self.log.info("%s: nothing new in %s", self.table, self.source_table)
                return {"replaced": 0, "inserted": 0}
            values = window.bindings() | (loads.bindings() if loads else {})
            replaced, inserted = self._load(warehouse, values)
            if loads:
                advance(warehouse, loads, run_id=provenance(context)["run_id"])
        self.log.info(
            "%s: %d rows replaced, %d inserted for the window %s, in %.2f s",
            self.table,
            replaced,
            inserted,
            window,
            time.monotonic() - began,
        )
        return {"replaced": replaced, "inserted": inserted}

    def _pending(self, warehouse: Warehouse) -> PendingLoads | None:
        if self.source_table is None:
            return None
        return pending_loads(warehouse, table=self.table, source=self.source_table)

    def _load(self, warehouse: Warehouse, values: Mapping[str, Any]) -> tuple[int, int]:
        columns = warehouse.columns(self.select, values)
        warehouse.execute(
            statement("operators/create_incoming.sql", incoming=_INCOMING, table=self.table)
        )
        warehouse.insert_selected(_INCOMING, columns, self.select, values)
        replaced = 0
        if (delete := self._delete_statement()) is not None:
            replaced = warehouse.execute(delete, values)
        inserted = warehouse.execute(
            statement(
                "operators/insert_missing.sql",
                table=self.table,
                incoming=_INCOMING,
                columns=columns,
                key=self.key,
            )
        )
        warehouse.execute(f"drop table {_INCOMING}")
        return replaced, inserted

    def _delete_statement(self) -> str | None:
        match self.mode:
            case "rebuild":
                return statement("operators/delete_all.sql", table=self.table)
            case "window":
                return statement(
                    "operators/delete_window.sql",
                    table=self.table,
                    event_time=str(self.newest_by),
                )
            case "newest" if self.newest_by is not None:
                return statement(
                    "operators/delete_older.sql",
                    table=self.table,
                    incoming=_INCOMING,
                    key=self.key,
                    newest_by=self.newest_by,
                )
            case "newest":
                return statement(
                    "operators/delete_matching.sql",
                    table=self.table,
                    incoming=_INCOMING,
                    key=self.key,
                )
        return None
