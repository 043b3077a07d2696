"""The insights as views for analysts: `insight_most_played_songs` and its siblings.

One truth: a view is the statement of include/sql/insights over all time. The page and the
report bind a period instead.
"""

from __future__ import annotations

from sparkify.insights.answers import INSIGHTS
from sparkify.statements import statement
from sparkify.warehouse import Warehouse

_ALL_TIME = {"%(period_start)s": "'1970-01-01'", "%(period_end)s": "'2200-01-01'"}


def make_views(warehouse: Warehouse) -> list[str]:
    """Make all of them anew, in one transaction; their names.

    Dropped first, since a view's columns cannot change otherwise: Redshift's manual,
    "CREATE VIEW".
    """
    names = [f"insight_{name}" for name in INSIGHTS]
    with warehouse.transaction():
        # Two deployments at once: one after the other, as with the migrations.
        warehouse.execute(statement("operators/lock.sql", tables=["schema_migrations"]))
        for name, view in zip(INSIGHTS, names, strict=True):
            warehouse.execute(f"drop view if exists {view}")
            warehouse.execute(f"create view {view} as\n{view_statement(name)}")
    return names


def view_statement(name: str) -> str:
    """The SELECT of an insight, over all time."""
    sql = statement(f"insights/{name}.sql")
    for place, moment in _ALL_TIME.items():
        sql = sql.replace(place, moment)
    return sql
