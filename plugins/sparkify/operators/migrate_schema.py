"""MigrateSchemaOperator: brings the warehouse's tables up to date with the code."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sparkify.failures import describe, transient_kind
from sparkify.insights.views import make_views, view_comments
from sparkify.model import STAR
from sparkify.operators.base import RedshiftOperator, provenance
from sparkify.tasks.failing_fast import failing_fast
from sparkify.warehouse.analysts import let_analysts_read
from sparkify.warehouse.comments import set_comments
from sparkify.warehouse.dictionary import describe_tables
from sparkify.warehouse.locks import make_lock_tables
from sparkify.warehouse.migrations import find_migrations, migrate, statements_of_schema
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement

log = logging.getLogger(__name__)


class MigrateSchemaOperator(RedshiftOperator):
    """Apply the migrations of include/sql/migrations that the schema has not seen.

    After them it makes the tables that writers lock and the views of the insights, sets the
    comments on tables, columns and views, and lets analysts read the star schema and the views.

    See ``sparkify.warehouse.migrations``. Two at once apply each migration once; one that fails
    leaves nothing of itself, and those before it stay.
    """

    template_fields: Sequence[str] = ()
    ui_color = "#e0d4ee"

    def execute(self, context: Mapping[str, Any]) -> dict[str, list[str]]:
        """Migrate.

        :returns: the names of the migrations that were `applied`.
        """
        with failing_fast(), self.connect() as warehouse:
            log.info("Isolation level of the database: %s", isolation_level(warehouse))
            known = find_migrations()
            described = describe_tables(statements_of_schema())
            applied = migrate(warehouse, known, run_id=provenance(context)["run_id"])
            if not applied:
                log.info("No new migration: the schema is at %s", known[-1])
            make_lock_tables(warehouse)
            views = make_views(warehouse)
            log.info("Views for analysts: %s", ", ".join(views))
            comments = set_comments(warehouse, described.values(), view_comments())
            log.info("Comments on tables, columns and views: %d set", comments)
            for sql in let_analysts_read(warehouse, [*(table.name for table in STAR), *views]):
                log.info("%s", sql)
        return {"applied": [str(migration) for migration in applied]}


def isolation_level(warehouse: Warehouse) -> str:
    """`Snapshot Isolation` or `Serializable`; why not, where the view cannot be read.

    The loads are right under both. Under the second more of them meet error 1023, and try again.

    Source: Redshift's manual, "Isolation levels in Amazon Redshift".
    """
    ((database,),) = warehouse.query("select current_database()")
    try:
        rows = warehouse.query(
            statement("operators/isolation_level.sql"), {"database_name": database}
        )
    except Exception as error:
        if transient_kind(error):
            raise
        return f"unknown ({describe(error)})"
    return str(rows[0][0]).strip() if rows else "unknown (STV_DB_ISOLATION_LEVEL has no row for it)"
