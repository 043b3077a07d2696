"""The data dictionary: what each table and column of the warehouse holds.

Its only source is the comments in include/sql/migrations:

- Above a `create table` stands what the table holds, `-- Grain: …`.
- Behind a column stands what the column holds. The comment may go on in the next lines.
- Above an `alter table … add column` stands what that column holds.

A line with `--` alone ends the description. The lines after it are notes for engineers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

_NAME = r"[a-z_][a-z0-9_]*"
_TYPE = r"[a-z]+(?: varying| precision)?(?:\(\d+(?:, \d+)?\))?"
_HEADER = re.compile(r"(?:--[^\n]*\n)+")
_CREATE = re.compile(rf"create table (?:if not exists )?({_NAME}) \(\n(.*?)\n\)", re.DOTALL)
_ADD = re.compile(rf"alter table ({_NAME}) add column ({_NAME}) ({_TYPE})(.*)", re.DOTALL)
_COLUMN = re.compile(rf"({_NAME}) ({_TYPE})([^-]*?),?(?: -- (.*))?")
_NO_COLUMN = re.compile(r"(primary key|unique|foreign key) ?\(.*\),?")
_OTHER_CHANGE = re.compile(r"(create|alter|drop) (temporary )?(table|view)")
# Changes of a table that leave its columns as they are.
_SAME_COLUMNS = re.compile(
    rf"alter table {_NAME} (drop constraint|add constraint|add (primary|foreign) key"
    r"|alter (compound )?(sortkey|distkey|diststyle))"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type as declared, and what it holds."""

    name: str
    type: str
    nullable: bool
    comment: str


@dataclass(frozen=True, slots=True)
class DescribedTable:
    """A table: what it holds, and its columns in their order."""

    name: str
    comment: str
    columns: tuple[Column, ...]


def describe_tables(statements: Iterable[str]) -> dict[str, DescribedTable]:
    """The tables that the statements make, by name.

    :param statements: those of all migrations, in their order.
    :raises ValueError: a table or a column has no comment, or a statement changes a table in a
        way that is not known here.
    """
    tables: dict[str, DescribedTable] = {}
    for sql in statements:
        bare = _HEADER.sub("", sql, count=1) if _HEADER.match(sql) else sql
        if create := _CREATE.match(bare):
            name, body = create.groups()
            table = DescribedTable(name, header_of(sql, name), _columns(name, body))
            tables.setdefault(name, table)
        elif add := _ADD.match(bare):
            name, column, kind, rest = add.groups()
            comment = header_of(sql, f"{name}.{column}")
            added = Column(column, kind, "not null" not in rest, comment)
            tables[name] = replace(tables[name], columns=(*tables[name].columns, added))
        elif _OTHER_CHANGE.match(bare) and not _SAME_COLUMNS.match(bare):
            raise ValueError(f"the data dictionary does not know this change: {bare}")
    return tables


def header_of(sql: str, subject: str) -> str:
    """The comment above a statement, as one line, up to a line with `--` alone.

    :param subject: what it describes, for the error.
    :raises ValueError: there is none.
    """
    header = _HEADER.match(sql)
    lines = header[0].splitlines() if header else []
    if "--" in lines:
        lines = lines[: lines.index("--")]
    comment = " ".join(line.removeprefix("--").strip() for line in lines)
    if not comment:
        raise ValueError(f"{subject} has no comment: say above the statement what it holds")
    return comment


def _columns(table: str, body: str) -> tuple[Column, ...]:
    columns: list[Column] = []
    for line in (line.strip() for line in body.splitlines()):
        if line.startswith("-- ") and columns:
            comment = f"{columns[-1].comment} {line.removeprefix('-- ')}".strip()
            columns[-1] = replace(columns[-1], comment=comment)
        elif _NO_COLUMN.fullmatch(line):
            continue
        elif match := _COLUMN.fullmatch(line):
            name, kind, rest, behind = match.groups()
            columns.append(Column(name, kind, "not null" not in rest, behind or ""))
        else:
            raise ValueError(f"{table}: this line is no column: {line}")
    for column in columns:
        if not column.comment:
            raise ValueError(f"{table}.{column.name} has no comment: say behind it what it holds")
    return tuple(columns)
