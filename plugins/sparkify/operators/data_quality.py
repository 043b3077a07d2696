"""DataQualityOperator: checks the warehouse after its loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sparkify.operators.base import RedshiftOperator, provenance
from sparkify.operators.lineage import checked
from sparkify.quality.checks import (
    AnyCheck,
    CheckResult,
    as_table,
    keep_results,
    refuse_failed,
    run_checks,
)
from sparkify.tasks.failing_fast import failing_fast
from sparkify.warehouse.place import Place
from sparkify.warehouse.session import Warehouse

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage


class DataQualityOperator(RedshiftOperator):
    """Run checks, keep their results, and fail where one of severity `error` failed.

    A ``Check`` is a .sql file that selects the rows that break a rule. A ``StatementCheck`` is a
    SELECT with the result that is expected of it. In both, `%(window_start)s` and
    `%(window_end)s` are bound to the run's window, and `%(run_id)s` to the run. All checks
    run, whatever the first ones find. The results, with sample rows, are added to
    `results_table`, and a table of them is in the log. A failed check is not retried: the
    data stays as it is.

    :param checks: what to check.
    :param results_table: where the history of results is kept.
    """

    template_fields: Sequence[str] = ("results_table",)
    ui_color = "#f3e3a1"

    def __init__(
        self,
        *,
        checks: Sequence[AnyCheck],
        results_table: str = "quality_results",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not checks:
            raise ValueError("no checks were given: an empty list would always pass")
        self.checks = tuple(checks)
        self.results_table = results_table
        self._results: Sequence[CheckResult] = ()

    def execute(self, context: Mapping[str, Any]) -> dict[str, int]:
        """Run the checks.

        :returns: how many `passed`, `warned` and `failed`.
        """
        window = self.window_in(context)
        with failing_fast(), self.connect() as warehouse:
            origin = provenance(context)
            values = window.bindings() | {"run_id": origin["run_id"]}
            results = self.results_of(warehouse, values)
            self._results = results
            keep_results(warehouse, results, window, origin, self.results_table)
            self.log.info("Checks for the window %s\n%s", window, as_table(results))
            statuses = [result.status for result in results]
            counts = {status: statuses.count(status) for status in ("passed", "warned", "failed")}
            for result in results:
                if result.status != "passed":
                    self.log.warning("%s", result.advice())
            self.report(context, "checks", counts)
            refuse_failed(results, self.results_table)
        return counts

    def results_of(self, warehouse: Warehouse, values: Mapping[str, Any]) -> Sequence[CheckResult]:
        """Run the checks."""
        return run_checks(warehouse, self.checks, values)

    def lineage_in(self, place: Place) -> OperatorLineage:
        return checked(place, self.checks, self._results)
