"""How far a table has followed the loads of its source table.

Each load of a staging table has a number, `load_id`. It is assigned under a lock, so a larger
number was committed later. A table that is made from the staging table records the last number
that it has seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import now


@dataclass(frozen=True, slots=True)
class PendingLoads:
    """The loads of `source` after `after_load`, up to and with `upto_load`.

    `in_full`: one of them made rows void, so that some may be gone as well as new; then all
    rows of the source count as new ones.
    """

    table: str
    source: str
    after_load: int
    upto_load: int
    in_full: bool

    def __bool__(self) -> bool:
        return self.upto_load > self.after_load

    def bindings(self) -> dict[str, int]:
        return {"after_load": 0 if self.in_full else self.after_load, "upto_load": self.upto_load}


def pending_loads(warehouse: Warehouse, *, table: str, source: str) -> PendingLoads:
    """The loads of `source` that `table` has not seen; `table` must be locked by now."""
    ((upto, after, full),) = warehouse.query(
        statement("operators/latest_load.sql"), {"table_name": table, "source_table": source}
    )
    return PendingLoads(
        table, source, after_load=int(after), upto_load=int(upto), in_full=bool(full)
    )


def every_load(warehouse: Warehouse, *, table: str, source: str) -> PendingLoads:
    """All loads of `source`, for `table` to be loaded again in full; it must be locked by now.

    A watermark that is ahead of the last load was written by hand. It is deleted, because the
    table would otherwise pass over the next loads.
    """
    warehouse.execute(
        statement("operators/delete_watermarks_ahead.sql"),
        {"table_name": table, "source_table": source},
    )
    pending = pending_loads(warehouse, table=table, source=source)
    return replace(pending, after_load=0, in_full=True)


def advance(warehouse: Warehouse, loads: PendingLoads, *, run_id: str) -> None:
    """Note, in the transaction that loaded them, that `loads` have been seen."""
    warehouse.insert(
        "load_watermarks",
        [
            {
                "table_name": loads.table,
                "source_table": loads.source,
                "load_id": loads.upto_load,
                "run_id": run_id,
                "reached_at": now(),
            }
        ],
    )
