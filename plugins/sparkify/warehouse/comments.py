"""Comments in the warehouse: what SQL clients show beside tables, columns and views.

Source: Redshift's manual, "COMMENT".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sparkify.warehouse.dictionary import DescribedTable
from sparkify.warehouse.migrations import lock_schema
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import identifier, literal, statement


def set_comments(
    warehouse: Warehouse, tables: Iterable[DescribedTable], views: Mapping[str, str]
) -> int:
    """Set the comments that differ from those in the warehouse.

    :param views: the comment of each view, by its name.
    :returns: how many comments were set.
    """
    wanted = [*_of_tables(tables), *(("view", name, "", text) for name, text in views.items())]
    with warehouse.transaction():
        lock_schema(warehouse)  # two deployments at once set each comment once
        rows = warehouse.query(statement("operators/comments.sql"))
        present = {(relation, column or ""): text for relation, column, text in rows}
        different = [
            (kind, f"{relation}.{column}" if column else relation, text)
            for kind, relation, column, text in wanted
            if present.get((relation, column)) != text
        ]
        for kind, name, text in different:
            quoted = literal(text).replace("%", "%%")
            warehouse.execute(f"comment on {kind} {identifier(name)} is {quoted}")
    return len(different)


def _of_tables(tables: Iterable[DescribedTable]) -> Iterable[tuple[str, str, str, str]]:
    """Kind, table, column and text of each comment."""
    for table in tables:
        yield "table", table.name, "", table.comment
        for column in table.columns:
            yield "column", table.name, column.name, column.comment
