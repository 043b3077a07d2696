"""The data dictionary says of each table and column what the migrations' comments say."""

from __future__ import annotations

from typing import Any

import pytest

from sparkify.model import TABLES
from sparkify.warehouse.dictionary import Column, describe_tables, header_of
from sparkify.warehouse.locks import is_lock_table
from sparkify.warehouse.migrations import statements_of_schema
from tests.support.runs import query

# The types as the catalog names them.
TYPES = {
    "character varying": "varchar",
    "character": "char",
    "numeric": "decimal",
    "timestamp without time zone": "timestamp",
}
PLACES = """\
-- Grain: one place. Key: name.
-- It may be a town.
--
-- Small: a copy on each node.
create table if not exists places (
    name varchar(16) not null, -- as the app logs it; null: -- not known
    latitude decimal(10, 5), -- degrees
    -- north
    -- of the equator
    primary key (name)
)
diststyle all"""


def catalog(warehouse: Any) -> dict[str, list[tuple[str, str, bool]]]:
    """For each table of the schema, its columns with type and whether they may be null."""
    rows = query(
        warehouse,
        "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull"
        " from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'public' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped"
        " order by c.relname, a.attnum",
    )
    tables: dict[str, list[tuple[str, str, bool]]] = {}
    for table, column, kind, nullable in rows:
        for name, short in TYPES.items():
            kind = kind.replace(name, short)
        tables.setdefault(table, []).append((column, kind.replace(",", ", "), nullable))
    return tables


def test_it_has_the_tables_columns_and_types_that_the_migrations_make(warehouse):
    query(warehouse, statements_of_schema()[0])
    described = {
        name: [(column.name, column.type, column.nullable) for column in table.columns]
        for name, table in describe_tables(statements_of_schema()).items()
    }
    # Of a table that came later, the deployment makes the lock table, not a migration.
    made = {
        name: columns
        for name, columns in catalog(warehouse).items()
        if name in described or not is_lock_table(name)
    }
    assert described == made


def test_each_table_but_a_lock_states_its_grain_and_those_of_the_model_their_key():
    tables = describe_tables(statements_of_schema())
    comments = {name: one.comment for name, one in tables.items() if not is_lock_table(name)}
    assert [text for text in comments.values() if not text.startswith("Grain: one ")] == []
    for table in TABLES:
        key = ", ".join(table.key)
        assert f" Key: {f'({key})' if ',' in key else key}." in comments[table.name]


def test_a_comment_may_go_on_in_the_next_lines_and_notes_for_engineers_are_left_out():
    table = describe_tables([PLACES])["places"]
    assert table.comment == "Grain: one place. Key: name. It may be a town."
    assert table.columns == (
        Column("name", "varchar(16)", False, "as the app logs it; null: -- not known"),
        Column("latitude", "decimal(10, 5)", True, "degrees north of the equator"),
    )


def test_a_column_that_is_added_later_is_described_above_its_statement():
    added = "-- Metres above\n-- the sea.\nalter table places add column height integer not null"
    table = describe_tables([PLACES, added, "alter table places drop constraint places_pkey"])
    assert table["places"].columns[-1] == Column(
        "height", "integer", False, "Metres above the sea."
    )


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        ([PLACES.replace(" -- as the app logs it; null: -- not known", "")],
         r"places\.name has no comment"),
        ([PLACES[PLACES.index("create"):]], "places has no comment"),
        ([PLACES, "alter table places add column height integer"],
         r"places\.height has no comment"),
        ([PLACES.replace("latitude decimal", "latitude + decimal")],
         r"places: this line is no column: latitude \+"),
        ([PLACES, "-- Too long.\nalter table places rename column name to title"],
         "does not know this change: alter table places rename"),
        ([PLACES, "drop table places"], "does not know this change: drop table places"),
        (["create table towns as select * from places"], "does not know this change: create"),
    ],
)  # fmt: skip
def test_a_table_that_it_cannot_describe_is_an_error(statements, fault):
    with pytest.raises(ValueError, match=fault):
        describe_tables(statements)


def test_a_statement_without_a_comment_above_it_has_no_header():
    with pytest.raises(ValueError, match="a_view has no comment"):
        header_of("--\n-- Only a note.\nselect 1", "a_view")
