"""`python -m infra.data_page`: write docs/data.md, the data dictionary.

The tables come from the comments in include/sql/migrations, the views from the files in
include/sql/views and include/sql/insights, and all other text from the template infra/data.md.j2.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
import sqlglot
from sqlglot import exp

from sparkify.insights.views import view_comments, view_statement
from sparkify.model import STAGING, STAR, TABLES
from sparkify.warehouse.dictionary import DescribedTable, describe_tables
from sparkify.warehouse.locks import is_lock_table, lock_table
from sparkify.warehouse.migrations import statements_of_schema

REPOSITORY = Path(__file__).resolve().parents[1]
PATH = REPOSITORY / "docs" / "data.md"
# Joins that equal names of columns do not show, and one that they suggest wrongly.
_FURTHER_JOINS = {"page_views": ["`page_views.page_view_id = songplays.songplay_id`"]}
_NO_JOINS = {("page_views", "time")}  # time has only the moments of plays
KEYS = {table.name: table.key for table in TABLES}


@dataclass(frozen=True, slots=True)
class View:
    """A view: its question or what it has, what one row of it is, and its columns."""

    name: str
    question: str
    grain: str
    columns: Sequence[str]


def document() -> str:
    """The text of docs/data.md."""
    tables = describe_tables(statements_of_schema())
    known = {*KEYS, *(name for name in tables if is_lock_table(name))}
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"cell": _cell, "code": _code}
    return environment.get_template("data.md.j2").render(
        describe=_describe,
        star=[tables[table.name] for table in STAR],
        staging=[tables[table.name] for table in STAGING],
        bookkeeping=[table for name, table in sorted(tables.items()) if name not in known],
        locks=sorted(
            {name for name in tables if is_lock_table(name)}
            | {lock_table(table.name) for table in TABLES}
        ),
        views=[_view(name, comment) for name, comment in view_comments().items()],
    )


def _describe(table: DescribedTable) -> str:
    """The section of a table: what it holds, how to join it, and its columns."""
    lines = [f"### {table.name}", "", table.comment, ""]
    if joins := _joins(table):
        lines += [f"Joins: {', '.join(joins)}.", ""]
    lines += ["| column | type | meaning |", "| --- | --- | --- |"]
    lines += [
        f"| `{column.name}`{' (key)' if column.name in KEYS.get(table.name, ()) else ''}"
        f" | {column.type}{'' if column.nullable else ' not null'} | {_cell(column.comment)} |"
        for column in table.columns
    ]
    return "\n".join([*lines, ""])


def _joins(table: DescribedTable) -> list[str]:
    """How a table of the star joins those whose key it has."""
    if table.name not in {each.name for each in STAR}:
        return []
    names = {column.name for column in table.columns}
    return [
        f"`{table.name}.{key} = {other.name}.{key}`"
        for other in STAR
        for key in other.key
        if other.name != table.name
        and len(other.key) == 1
        and key in names
        and (table.name, other.name) not in _NO_JOINS
    ] + _FURTHER_JOINS.get(table.name, [])


def _view(name: str, comment: str) -> View:
    question, _, grain = comment.partition(" Grain: ")
    select = sqlglot.parse_one(view_statement(name), read="redshift", into=exp.Select)
    return View(name, question, grain, select.named_selects)


def _cell(text: str) -> str:
    """Text that fits a cell of a table."""
    return text.replace("|", r"\|").replace("*", r"\*").replace("<", "&lt;")


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main() -> int:
    PATH.write_text(document())
    return 0


if __name__ == "__main__":
    sys.exit(main())
