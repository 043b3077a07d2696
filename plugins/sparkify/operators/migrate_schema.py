"""MigrateSchemaOperator: brings the warehouse's tables to what the code expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sparkify.failures import failing_fast
from sparkify.insights.views import make_views
from sparkify.migrations import find_migrations, migrate
from sparkify.operators.base import RedshiftOperator, provenance


class MigrateSchemaOperator(RedshiftOperator):
    """Apply the migrations of include/sql/migrations that the schema has not seen; then make
    the views of the insights as the code has them.

    See ``sparkify.migrations``. Two at once apply each migration once; one that fails leaves
    nothing of itself, and those before it stay.
    """

    template_fields: Sequence[str] = ()
    ui_color = "#e0d4ee"

    def execute(self, context: Mapping[str, Any]) -> dict[str, list[str]]:
        """Migrate.

        :returns: the names of the migrations that were `applied`.
        """
        with failing_fast(), self.connect() as warehouse:
            known = find_migrations()
            applied = migrate(warehouse, known, run_id=provenance(context)["run_id"])
            if not applied:
                self.log.info("No new migration: the schema is at %s", known[-1])
            views = make_views(warehouse)
        self.log.info("Views for analysts: %s", ", ".join(views))
        return {"applied": [str(migration) for migration in applied]}
