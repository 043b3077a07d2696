"""Nothing is visible before it is checked: a load commits only if its table passes its checks."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sparkify.model import Table
from sparkify.quality.checks import (
    CheckResult,
    ChecksFailed,
    Header,
    keep_results,
    refuse_failed,
    run_checks,
)
from sparkify.quality.suite import checks_before_commit
from sparkify.warehouse.locks import RESULTS
from sparkify.warehouse.session import Warehouse
from sparkify.window import Window

log = logging.getLogger(__name__)

_LOADED = Header(
    rule="The load succeeds.",
    severity="error",
    means="the load was refused or failed for good. The table is as it was before.",
    to_do="read the reason and the task's log. When the cause is gone, clear the task.",
)


@dataclass(frozen=True, slots=True)
class Gate:
    """What the checks of one load need to know.

    :param provenance: dag_id, run_id and task_id.
    :param repair: the load takes its rows from the staging tables alone.
    """

    warehouse: Warehouse
    table: Table
    window: Window
    provenance: Mapping[str, str]
    repair: bool = False
    _noted: list[CheckResult] = field(default_factory=list)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run what is inside in one transaction that commits only if the checks pass.

        The checks see the rows that the transaction has written; nobody else does. Their results
        are kept in `quality_results` either way, after the commit or the rollback.

        :raises ChecksFailed: a check failed. Nothing was changed.
        """
        with self._keeping_failure(), self.warehouse.transaction():
            yield
            results = self._check()
        self.keep_success(results)

    def check_unchanged(self) -> None:
        """Run the checks of a load that has nothing to write, and keep their results.

        :raises ChecksFailed: a check failed.
        """
        with self._keeping_failure():
            results = self._check()
        self.keep_success(results)

    def _check(self) -> Sequence[CheckResult]:
        """Run the table's checks.

        :raises ChecksFailed: one failed.
        """
        values = self.window.bindings() | {"run_id": self.provenance["run_id"]}
        checks = checks_before_commit(self.table, repair=self.repair)
        results = run_checks(self.warehouse, checks, values)
        refuse_failed(results, RESULTS)
        return results

    @contextmanager
    def _keeping_failure(self) -> Iterator[None]:
        """Keep the results of checks that failed inside, which has been rolled back."""
        try:
            yield
        except ChecksFailed as failure:
            self.keep(failure.results)
            message = f"{self.table.name}: nothing was loaded. {failure}"
            raise ChecksFailed(message, failure.results) from None

    def keep_success(self, results: Sequence[CheckResult] = ()) -> None:
        """Keep the results of a load that succeeded, and that it did."""
        self.keep([*results, CheckResult(f"{self.table.name}_loaded", _LOADED, 0, [])])

    def keep_failure(self, reason: str) -> None:
        """Keep that a load failed for good, so that the page Trust shows it."""
        self.keep([CheckResult(f"{self.table.name}_loaded", _LOADED, 1, [{"reason": reason}])])

    def note(self, result: CheckResult) -> None:
        """Warn of a result that did not pass; the next `keep` writes it, in the same statement."""
        self._noted.append(result)
        _warn([result])

    def keep(self, results: Sequence[CheckResult] = ()) -> None:
        """Keep results of checks, with those that were noted, and warn of those that failed."""
        noted, self._noted[:] = tuple(self._noted), ()
        kept = [*noted, *results]
        if kept:
            keep_results(self.warehouse, kept, self.window, self.provenance, RESULTS)
        _warn(results)


def _warn(results: Sequence[CheckResult]) -> None:
    for result in results:
        if result.status != "passed":
            log.warning("%s", result.advice())
