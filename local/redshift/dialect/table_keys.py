"""Replaces keys, which Redshift does not enforce, by plain indexes.

An index has the name that Redshift gives the constraint, so that ALTER TABLE can drop it by that
name. A sort key also becomes an index, so that a range scan over it is as cheap as on Redshift.
Keys are recorded for PG_CONSTRAINT (catalog/constraints.sql). Foreign keys are only recorded.

Source: Amazon Redshift's manual, "CREATE TABLE", "ALTER TABLE" and "Defining table constraints".
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from sqlglot import exp

from local.redshift.dialect.grammar import write

_LONGEST_NAME = 63  # bytes of a name in PostgreSQL
_ADD = re.compile(
    r"alter\s+table\s+(?P<table>[\w.\"]+)\s+add\s+(constraint\s+(?P<name>[\w\"]+)\s+)?"
    r"(?P<kind>primary\s+key|unique|foreign\s+key)\s*\((?P<columns>[^()]+)\)"
    r"(\s*references\s+(?P<references>[\w.\"]+)\s*(\((?P<referenced>[^()]+)\))?)?",
    re.IGNORECASE | re.DOTALL,
)
_DROP = re.compile(
    r"alter\s+table\s+(?P<table>[\w.\"]+)\s+drop\s+constraint\s+(?P<name>[\w\"]+)"
    r"(\s+(cascade|restrict))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Key:
    """A key.

    :param suffix: the end of its default name.
    :param name: its name, if the statement gives one.
    :param type: as in PG_CONSTRAINT; "" for a sort key, which is not a constraint.
    :param references: the table that a foreign key references.
    :param referenced: that table's columns, if the foreign key names them.
    """

    columns: tuple[str, ...]
    suffix: str
    name: str | None = None
    type: str = ""
    references: str | None = None
    referenced: tuple[str, ...] = ()

    def note(self, table: str) -> dict[str, object]:
        """The record of the key."""
        return {
            "type": self.type,
            "name": (self.name or _index_name(table, self.suffix)).lower(),
            "columns": [column.lower() for column in self.columns],
            "references": self.references,
            "referenced": [column.lower() for column in self.referenced],
        }


def take_keys(schema: exp.Schema) -> list[Key]:
    """Remove the keys from a table's definition and return them."""
    keys = []
    for node in list(schema.expressions):
        constraint, name = node, None
        if isinstance(node, exp.Constraint):
            constraint, name = node.expressions[0], node.name
        if isinstance(constraint, exp.PrimaryKey):
            columns = tuple(column.name for column in constraint.expressions)
            keys.append(Key(columns, "pkey", name, "p"))
            _require(schema, columns)
        elif isinstance(constraint, exp.UniqueColumnConstraint):
            columns = tuple(column.name for column in constraint.this.expressions)
            keys.append(_unique(columns, name))
        elif isinstance(constraint, exp.ForeignKey):
            columns = tuple(column.name for column in constraint.expressions)
            keys.append(_foreign(columns, constraint.args["reference"], name))
        else:
            continue
        schema.expressions.remove(node)
    for column in schema.find_all(exp.ColumnDef):
        columns = (column.name,)
        for constraint in list(column.args.get("constraints") or []):
            kind = constraint.args.get("kind")
            if isinstance(kind, exp.PrimaryKeyColumnConstraint):
                keys.append(Key(columns, "pkey", type="p"))
                constraint.set("kind", exp.NotNullColumnConstraint())
            elif isinstance(kind, exp.UniqueColumnConstraint):
                keys.append(_unique(columns))
                column.args["constraints"].remove(constraint)
            elif isinstance(kind, exp.Reference):
                keys.append(_foreign(columns, kind))
                column.args["constraints"].remove(constraint)
    return keys


def _unique(columns: tuple[str, ...], name: str | None = None) -> Key:
    return Key(columns, "_".join([*columns, "key"]), name, "u")


def _foreign(columns: tuple[str, ...], reference: exp.Expr, name: str | None = None) -> Key:
    target = reference.this
    table, referenced = target, ()
    if isinstance(target, exp.Schema):
        table, referenced = target.this, tuple(column.name for column in target.expressions)
    references = table.sql("postgres")
    return Key(columns, "_".join([*columns, "fkey"]), name, "f", references, referenced)


def _require(schema: exp.Schema, key: tuple[str, ...]) -> None:
    """Make a primary key's columns NOT NULL, which Redshift does enforce."""
    for column in schema.find_all(exp.ColumnDef):
        if column.name.lower() in map(str.lower, key):
            column.append("constraints", exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))


def index_statements(table: exp.Table, keys: list[Key]) -> list[str]:
    """The statements that create an index for each key."""
    return [
        f"create index if not exists {_quoted(key.name or _index_name(table.name, key.suffix))}"
        f" on {table.sql('postgres')} ({', '.join(_quoted(name) for name in key.columns)})"
        for key in {k.columns: k for k in reversed(keys) if k.columns and k.type != "f"}.values()
    ]


def alter_keys(sql: str) -> list[str] | None:
    """The statements for ALTER TABLE ADD or DROP CONSTRAINT; None for any other statement."""
    if add := _ADD.fullmatch(sql.strip()):
        table = exp.to_table(add["table"], dialect="redshift")
        columns, name = _split_names(add["columns"]), (add["name"] or "").strip('"') or None
        match add["kind"].lower()[0]:
            case "p":
                key = Key(columns, "pkey", name, "p")
            case "u":
                key = _unique(columns, name)
            case _:
                suffix = "_".join([*columns, "fkey"])
                referenced = _split_names(add["referenced"] or "")
                key = Key(columns, suffix, name, "f", add["references"], referenced)
        note = relay_call("add_constraint", table.sql("postgres"), json.dumps(key.note(table.name)))
        return [*index_statements(table, [key]), note]
    if drop := _DROP.fullmatch(sql.strip()):
        table = exp.to_table(drop["table"], dialect="redshift")
        schema = f"{_quoted(table.db)}." if table.db else ""
        return [_drop_index(schema, table.name.lower(), drop["name"].strip('"').lower())]
    return None


def relay_call(name: str, *arguments: str) -> str:
    """A statement that calls one of the relay's functions."""
    call = exp.Anonymous(this=name, expressions=[exp.Literal.string(each) for each in arguments])
    return write(exp.select(exp.Dot(this=exp.to_identifier("redshift_relay"), expression=call)))


def _split_names(text: str) -> tuple[str, ...]:
    return tuple(name.strip().strip('"') for name in text.split(",") if name.strip())


def _drop_index(schema: str, table: str, name: str) -> str:
    """Drop the index of that name, if it belongs to the table.

    In data directories of earlier versions its name ends with a digest. There the index stays,
    which does no harm.
    """
    index_exists = (
        "select 1 from pg_catalog.pg_index where indrelid ="
        f" '{schema}{_quoted(table)}'::regclass and indexrelid::regclass::text"
    )
    return (
        "do $$ declare noted boolean := redshift_relay.drop_constraint("
        f"'{schema}{_quoted(table)}', '{name}'); begin "
        f"if exists ({index_exists} in ('{name}', '{_quoted(name)}')) "
        f"then drop index {schema}{_quoted(name)}; "
        f"elsif not noted and not exists ({index_exists} ~ '_[0-9a-f]{{8}}\"?$') then "
        "raise undefined_object using "
        f'message = \'constraint "{name}" of relation "{table}" does not exist\'; '
        "end if; end $$"
    )


def _index_name(table: str, suffix: str) -> str:
    """`TABLE_SUFFIX`; a name that PostgreSQL would cut ends with a digest instead."""
    name = re.sub(r"\W+", "_", f"{table}_{suffix}".lower())
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return f"{name[:50]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}_"


def _quoted(name: str) -> str:
    return '"' + name.lower().replace('"', '""') + '"'
