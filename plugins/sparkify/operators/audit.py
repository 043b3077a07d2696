"""AuditOperator: checks whole tables while no run is between its loads and its check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sparkify.failures import Busy
from sparkify.operators.data_quality import DataQualityOperator
from sparkify.quality.checks import CheckResult
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import now

# A run that staged something longer ago and was never checked has failed. It is not waited for.
_LONGEST_RUN = timedelta(hours=6)


class AuditOperator(DataQualityOperator):
    """Run checks that hold for whole tables, as ``DataQualityOperator`` does.

    Such checks only hold while no run is between its loads and `check_quality`. If a run is, or
    if a check failed and a run was during the audit, the task is retried later.
    """

    ui_color = "#f3e3a1"

    def results_of(self, warehouse: Warehouse, values: Mapping[str, Any]) -> Sequence[CheckResult]:
        """Run the checks; look for such runs before them, and again if one failed.

        :raises Busy: a run is between its loads and its checks, or was during the audit.
        """
        began = now()
        self._wait_for_runs(warehouse, began)
        results = super().results_of(warehouse, values)
        if any(result.status == "failed" for result in results):
            self._wait_for_runs(warehouse, began)
        return results

    def _wait_for_runs(self, warehouse: Warehouse, began: datetime) -> None:
        runs = warehouse.query(
            statement("operators/runs_between.sql"),
            {"since": began - _LONGEST_RUN, "began": began},
        )
        if runs:
            names = ", ".join(run_id for (run_id,) in runs)
            raise Busy(f"runs that have loaded and were not checked yet: {names}")
