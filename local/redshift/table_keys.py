"""Keys of Redshift's tables, which are declared and not enforced, as plain indexes.

An index has the name that Redshift gives the constraint, so that ALTER TABLE can drop it by that
name. Foreign keys are dropped; a sort key becomes an index, so that a range over it reads as
little here as there.

Source: Amazon Redshift's manual, "CREATE TABLE", "ALTER TABLE" and "Defining table constraints".
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from sqlglot import exp

_LONGEST_NAME = 63  # bytes of a name in PostgreSQL
_ADD = re.compile(
    r"alter\s+table\s+(?P<table>[\w.\"]+)\s+add\s+(constraint\s+(?P<name>[\w\"]+)\s+)?"
    r"((?P<kind>primary\s+key|unique)\s*\((?P<columns>[^()]+)\)|(?P<foreign>foreign\s+key)\b.*)",
    re.IGNORECASE | re.DOTALL,
)
_DROP = re.compile(
    r"alter\s+table\s+(?P<table>[\w.\"]+)\s+drop\s+constraint\s+(?P<name>[\w\"]+)"
    r"(\s+(cascade|restrict))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Key:
    """Columns of a key, and what the name of its index ends with, or the whole of it."""

    columns: tuple[str, ...]
    suffix: str
    name: str | None = None


def take_keys(schema: exp.Schema) -> list[Key]:
    """Take the keys out of a table's definition; those worth an index."""
    keys = []
    for node in list(schema.expressions):
        constraint, name = node, None
        if isinstance(node, exp.Constraint):
            constraint, name = node.expressions[0], node.name
        if isinstance(constraint, exp.PrimaryKey):
            columns = tuple(column.name for column in constraint.expressions)
            keys.append(Key(columns, "pkey", name))
            _require(schema, columns)
        elif isinstance(constraint, exp.UniqueColumnConstraint):
            columns = tuple(column.name for column in constraint.this.expressions)
            keys.append(Key(columns, "_".join([*columns, "key"]), name))
        elif not isinstance(constraint, exp.ForeignKey):
            continue
        schema.expressions.remove(node)
    for column in schema.find_all(exp.ColumnDef):
        for constraint in list(column.args.get("constraints") or []):
            kind = constraint.args.get("kind")
            if isinstance(kind, exp.PrimaryKeyColumnConstraint):
                keys.append(Key((column.name,), "pkey"))
                constraint.set("kind", exp.NotNullColumnConstraint())
            elif isinstance(kind, exp.UniqueColumnConstraint):
                keys.append(Key((column.name,), f"{column.name}_key"))
                column.args["constraints"].remove(constraint)
            elif isinstance(kind, exp.Reference):
                column.args["constraints"].remove(constraint)
    return keys


def _require(schema: exp.Schema, key: tuple[str, ...]) -> None:
    """A primary key's columns are NOT NULL in Redshift too."""
    for column in schema.find_all(exp.ColumnDef):
        if column.name.lower() in map(str.lower, key):
            column.append("constraints", exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))


def index_statements(table: exp.Table, keys: list[Key]) -> list[str]:
    """The statements that create an index for each key."""
    return [
        f"create index if not exists {_quoted(key.name or _index_name(table.name, key.suffix))}"
        f" on {table.sql('postgres')} ({', '.join(_quoted(name) for name in key.columns)})"
        for key in {key.columns: key for key in reversed(keys) if key.columns}.values()
    ]


def alter_keys(sql: str) -> list[str] | None:
    """The statements for ALTER TABLE ADD or DROP CONSTRAINT; None where it is neither."""
    if add := _ADD.fullmatch(sql.strip()):
        if add["foreign"]:
            return []
        table = exp.to_table(add["table"], dialect="redshift")
        columns = tuple(name.strip().strip('"') for name in add["columns"].split(","))
        primary = add["kind"].lower().startswith("primary")
        suffix = "pkey" if primary else "_".join([*columns, "key"])
        return index_statements(table, [Key(columns, suffix, (add["name"] or "").strip('"'))])
    if drop := _DROP.fullmatch(sql.strip()):
        table = exp.to_table(drop["table"], dialect="redshift")
        schema = f"{_quoted(table.db)}." if table.db else ""
        return [_drop_index(schema, table.name.lower(), drop["name"].strip('"').lower())]
    return None


def _drop_index(schema: str, table: str, name: str) -> str:
    """Drop the index of that name, if it is one of the table.

    Data directories of earlier versions have other names for it, which end in a digest; there the
    index stays, and is of no consequence.
    """
    is_known = (
        "select 1 from pg_catalog.pg_index where indrelid ="
        f" '{schema}{_quoted(table)}'::regclass and indexrelid::regclass::text"
    )
    return (
        "do $$ begin "
        f"if exists ({is_known} in ('{name}', '{_quoted(name)}')) "
        f"then drop index {schema}{_quoted(name)}; "
        f"elsif not exists ({is_known} ~ '_[0-9a-f]{{8}}\"?$') then raise undefined_object using "
        f'message = \'constraint "{name}" of relation "{table}" does not exist\'; '
        "end if; end $$"
    )


def _index_name(table: str, suffix: str) -> str:
    """`TABLE_SUFFIX`; where PostgreSQL would cut it, with a digest for its end."""
    name = re.sub(r"\W+", "_", f"{table}_{suffix}".lower())
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return f"{name[:50]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}_"


def _quoted(name: str) -> str:
    return '"' + name.lower().replace('"', '""') + '"'
