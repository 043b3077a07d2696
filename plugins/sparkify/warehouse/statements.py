"""SQL statements from files: names are filled in, values are left to the driver.

Jinja fills in names of tables and columns, which must be identifiers. Anything that can come from a
user, a file name or a run is a value, and the driver binds it as `%(name)s`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import jinja2

from sparkify.include import SQL
from sparkify.model import STAGING, TABLES
from sparkify.window import ALL_TIME

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,126}(\.[A-Za-z_][A-Za-z0-9_$]{0,126})?")
_ALL_TIME = {
    **dict.fromkeys(("window_start", "period_start"), f"'{ALL_TIME.start:%Y-%m-%d}'"),
    **dict.fromkeys(("window_end", "period_end"), f"'{ALL_TIME.end:%Y-%m-%d}'"),
    "after_load": "0",
    "upto_load": str(2**62),
    **dict.fromkeys(("level", "location"), "''"),
}
_BOUND = re.compile(r"%\((\w+)\)s")


def statement(path: str, **names: str | Sequence[str]) -> str:
    """The statement in `path`, below include/sql, with `names` filled in.

    It also knows the `tables` of ``sparkify.model`` and which of them are `staging` tables.

    :param names: identifiers, or sequences of them.
    :raises ValueError: one is no identifier.
    """
    checked = {
        key: identifier(name) if isinstance(name, str) else [identifier(part) for part in name]
        for key, name in names.items()
    }
    return environment().get_template(path).render(checked).strip().rstrip(";")


def rendered(text: str) -> str:
    """The statement in a text that may use macros.jinja."""
    if "{" not in text:  # there is nothing to fill in, and Jinja would take a millisecond
        return text.strip()
    return environment().from_string(text).render().strip()


def identifier(name: str) -> str:
    """The name itself, if it is that of a table or a column, with or without its schema.

    :raises ValueError: it is not; Redshift's manual, "Names and identifiers".
    """
    if not _IDENTIFIER.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a table or column")
    return name


def literal(text: str) -> str:
    """A string between quotes, for the statements that take no bound values: COPY, COMMENT."""
    if "\0" in text:
        raise ValueError(f"{text!r} holds a NUL, which SQL cannot")
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def bind(sql: str, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """`%(name)s` as `%s` and the list of its values, which both drivers understand.

    A percent sign that is none of this is written twice, whether values are bound or not.

    :raises KeyError: the statement names a value that is not given.
    """
    names = _BOUND.findall(sql)
    if not names:
        return sql.replace("%%", "%"), []
    return _BOUND.sub("%s", sql), [values[name] for name in names]


def over_all_time(sql: str) -> str:
    """Replace the window, the period, the loads and the filters of a statement: take all."""
    for name, value in _ALL_TIME.items():
        sql = sql.replace(f"%({name})s", value)
    return sql


def without_values(sql: str) -> str:
    """The statement with a null for each value, to be read and not run."""
    return _BOUND.sub("null", sql).replace("%%", "%")


@cache
def environment() -> jinja2.Environment:
    """The Jinja environment of the files below include/sql, and of what they include.

    It trims no line, as Airflow's does not: of a tag behind a ``--`` comment, ``trim_blocks`` would
    remove the newline, and so make the next line of SQL part of the comment.
    """
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SQL),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - SQL, of identifiers that are checked above
    )
    made.globals |= {"tables": TABLES, "staging": STAGING}
    return made
