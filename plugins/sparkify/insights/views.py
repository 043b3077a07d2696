"""The insights as views for analysts, such as `insight_most_played_songs`.

A view is the statement in include/sql/insights over all time. The page and the report run the same
statement for a period.
"""

from __future__ import annotations

import logging
import re

from sparkify.failures import transient_kind
from sparkify.include import SQL
from sparkify.insights.answers import INSIGHTS
from sparkify.warehouse.dictionary import header_of
from sparkify.warehouse.migrations import lock_schema
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import over_all_time, statement

log = logging.getLogger(__name__)

_GRANTEES = {"user": "{}", "group": "group {}", "role": "role {}", "public": "public"}
_PRIVILEGE = re.compile(r"[A-Z]+")


def make_views(warehouse: Warehouse) -> list[str]:
    """Bring all of them to what the code says; their names.

    A view is replaced, which keeps what has been granted on it and the views that are built on
    it. Where its columns have changed, Redshift does not replace it: it is dropped and created,
    and its grants are given again. That fails where another view is built on it.

    Source: Redshift's manual, "CREATE VIEW".
    """
    names = [view_name(name) for name in INSIGHTS]
    for name, view in zip(INSIGHTS, names, strict=True):
        select = f"view {view} as\n{view_statement(name)}"
        try:
            with warehouse.transaction():
                lock_schema(warehouse)
                warehouse.execute(f"create or replace {select}")
        except Exception as error:
            if transient_kind(error):
                raise
            with warehouse.transaction():
                lock_schema(warehouse)
                grants = _grants_on(warehouse, view)
                warehouse.execute(f"drop view if exists {view}")
                warehouse.execute(f"create {select}")
                for grant in grants:
                    warehouse.execute(grant)
            log.info("%s was created anew, with %d grants: %s", view, len(grants), error)
    return names


def _grants_on(warehouse: Warehouse, view: str) -> list[str]:
    """The statements that grant again what has been granted on a view."""
    rows = warehouse.query(statement("operators/grants.sql"), {"relation": view})
    grants = []
    for privilege, name, kind, may_grant in rows:
        if not _PRIVILEGE.fullmatch(privilege):
            raise ValueError(f"{privilege!r} on {view} is not the name of a privilege")
        quoted = '"' + name.replace('"', '""') + '"'
        option = " with grant option" if may_grant and kind == "user" else ""
        grants.append(f"grant {privilege} on {view} to {_GRANTEES[kind].format(quoted)}{option}")
    return grants


def view_name(name: str) -> str:
    """The name of an insight's view."""
    return f"insight_{name}"


def view_comment(name: str) -> str:
    """What an insight's view answers, and what one row of it is, from the head of its file."""
    return header_of((SQL / "insights" / f"{name}.sql").read_text(), view_name(name))


def view_comments() -> dict[str, str]:
    """The comment of each view, by its name."""
    return {view_name(name): view_comment(name) for name in INSIGHTS}


def view_statement(name: str) -> str:
    """The SELECT of an insight, over all time."""
    return over_all_time(statement(f"insights/{name}.sql"))
