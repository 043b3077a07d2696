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
    """Create or replace all of them, as the code defines them; return their names.

    A view is replaced, which keeps what has been granted on it and the views that are built on
    it. Where its columns have changed, Redshift does not replace it: it is dropped and created,
    and its grants are given again. That fails where another view is built on it.

    Source: Redshift's manual, "CREATE VIEW".
    """
    files = view_files()
    for view in files:
        select = f"view {view} as\n{view_statement(view)}"
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
    return list(files)


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


def view_files() -> dict[str, str]:
    """The file of each view, below include/sql: those in views/, then one for each insight.

    :raises FileNotFoundError: include/sql/views has none.
    """
    views = {path.stem: f"views/{path.name}" for path in sorted((SQL / "views").glob("*.sql"))}
    if not views:
        raise FileNotFoundError(f"no view below {SQL / 'views'}")
    return views | {f"insight_{name}": f"insights/{name}.sql" for name in INSIGHTS}


def view_comments() -> dict[str, str]:
    """What each view answers, and what one row of it is, from the head of its file."""
    return {view: header_of((SQL / file).read_text(), view) for view, file in view_files().items()}


def view_statement(view: str) -> str:
    """The SELECT of a view, over all time."""
    return over_all_time(statement(view_files()[view]))
