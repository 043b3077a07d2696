"""DataQualityOperator: checks the warehouse after a load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sparkify.checks import Check, CheckResult, as_table, run_check
from sparkify.failures import LoadRefused, failing_fast
from sparkify.ledger import now
from sparkify.operators.base import RedshiftOperator, provenance, window_of
from sparkify.warehouse import Warehouse
from sparkify.window import Window


class DataQualityOperator(RedshiftOperator):
    """Run checks, keep their results, and fail where one of severity `error` failed.

    Each check is a .sql file that selects the rows that break a rule; `%(window_start)s`
    and `%(window_end)s` are bound to the run's window. All checks run, whatever the first
    ones find. The results, with sample rows, are added to `results_table`, and a table of
    them is in the log. A failed check is not retried: the data stays as it is.

    :param checks: what to check.
    :param results_table: where the history of results is kept.
    """

    template_fields: Sequence[str] = ("results_table",)
    ui_color = "#f3e3a1"

    def __init__(
        self, *, checks: Sequence[Check], results_table: str = "quality_results", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if not checks:
            raise ValueError("no checks were given: an empty list would always pass")
        self.checks = tuple(checks)
        self.results_table = results_table

    def execute(self, context: Mapping[str, Any]) -> dict[str, int]:
        """Run the checks.

        :returns: how many `passed`, `warned` and `failed`.
        """
        window = window_of(context)
        with failing_fast(), self.connect() as warehouse:
            results = [run_check(warehouse, check, window.bindings()) for check in self.checks]
            self._keep(warehouse, results, window, provenance(context))
            self.log.info("Checks for the window %s\n%s", window, as_table(results))
            failed = [result for result in results if result.status == "failed"]
            for result in results:
                if result.sample:
                    self.log.warning("%s, for one: %s", result.name, result.sample[0])
            if failed:
                names = ", ".join(f"{r.name} ({r.failing_rows} rows)" for r in failed)
                raise LoadRefused(
                    f"{len(failed)} of {len(results)} checks failed: {names}."
                    f" Sample rows are in {self.results_table}."
                )
        statuses = [result.status for result in results]
        return {status: statuses.count(status) for status in ("passed", "warned", "failed")}

    def _keep(
        self,
        warehouse: Warehouse,
        results: Sequence[CheckResult],
        window: Window,
        origin: Mapping[str, str],
    ) -> None:
        warehouse.insert(
            self.results_table,
            [
                {
                    **origin,
                    **window.bindings(),
                    "check_name": result.name,
                    "severity": result.severity,
                    "status": result.status,
                    "failing_rows": result.failing_rows,
                    "sample_rows": result.sample_json(),
                    "checked_at": now(),
                }
                for result in results
            ],
        )
