"""Which columns a load writes, without asking the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sparkify.warehouse.dictionary import describe_tables
from sparkify.warehouse.migrations import statements_of_schema
from sparkify.warehouse.session import Warehouse


def columns_to_load(
    warehouse: Warehouse, table: str, select: str, values: Mapping[str, Any]
) -> Sequence[str]:
    """All columns of a table that the migrations make, else the columns that `select` gives."""
    return _declared().get(table) or warehouse.columns(select, values)


@cache
def _declared() -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(column.name for column in table.columns)
        for name, table in describe_tables(statements_of_schema()).items()
    }
