"""The README's diagram has the tables and columns that the migrations create."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sparkify.model import STAR
from tests.support.runs import ROOT, query

README = (ROOT / "README.md").read_text()
# The types as information_schema names them.
TYPES = {
    "character varying": "varchar",
    "timestamp without time zone": "timestamp",
    "numeric": "decimal",
}


@pytest.fixture(scope="module")
def diagram() -> str:
    (text,) = re.findall(r"```mermaid\n(erDiagram\n.*?)```", README, re.DOTALL)
    return text


def entities(diagram: str) -> dict[str, list[tuple[str, str, bool]]]:
    """For each table, its columns with type and whether they are part of the key."""
    tables = {}
    for name, body in re.findall(r"^  (\w+) \{\n(.*?)^  \}", diagram, re.MULTILINE | re.DOTALL):
        lines = re.findall(r'^    (\w+) (\w+)( PK)?(?: ".*")?$', body, re.MULTILINE)
        assert len(lines) == body.count("\n"), f"{name}: a line is not TYPE NAME [PK] [NOTE]"
        tables[name] = [(column, kind, bool(key)) for kind, column, key in lines]
    return tables


def test_the_diagram_has_each_column_of_the_star_schema(diagram: str, warehouse: Any):
    expected = {
        table.name: [
            (column, TYPES.get(kind, kind), column in table.key)
            for column, kind in query(
                warehouse,
                "select column_name, data_type from information_schema.columns"
                f" where table_name = '{table.name}' order by ordinal_position",
            )
        ]
        for table in STAR
    }
    assert entities(diagram) == expected


def test_each_relation_in_the_diagram_uses_a_key_that_the_other_table_has(diagram: str):
    columns = {table: {name for name, _, _ in rows} for table, rows in entities(diagram).items()}
    relations = re.findall(r"^  (\w+) \S+ (\w+) : (\w+)$", diagram, re.MULTILINE)
    assert relations
    keys = {table.name: table.key for table in STAR}
    for left, right, column in relations:
        assert keys[right] == (column,)
        assert column in columns[left]
