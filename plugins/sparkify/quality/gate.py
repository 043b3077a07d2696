"""Nothing is visible before it is checked: a load commits only if its table passes its checks."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sparkify.model import Table
from sparkify.quality.checks import (
    CheckResult,
    ChecksFailed,
    keep_results,
    refuse_failed,
    run_checks,
)
from sparkify.quality.suite import checks_before_commit
from sparkify.warehouse.locks import RESULTS
from sparkify.warehouse.session import Warehouse
from sparkify.window import Window

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gate:
    """What the checks of one load need to know.

    :param provenance: dag_id, run_id and task_id.
    """

    warehouse: Warehouse
    table: Table
    window: Window
    provenance: Mapping[str, str]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run what is inside in one transaction that commits only if the checks pass.

        The checks see the rows that the transaction has written; nobody else does. Their results
        are kept in `quality_results` either way, after the commit or the rollback.

        :raises ChecksFailed: a check failed. Nothing was changed.
        """
        results: list[CheckResult] = []
        values = self.window.bindings() | {"run_id": self.provenance["run_id"]}
        try:
            with self.warehouse.transaction():
                yield
                checks = checks_before_commit(self.table)
                results = run_checks(self.warehouse, checks, values)
                refuse_failed(results, RESULTS)
        except ChecksFailed as failure:
            self._keep(results)
            raise ChecksFailed(f"{self.table.name}: nothing was loaded. {failure}") from None
        self._keep(results)

    def _keep(self, results: list[CheckResult]) -> None:
        keep_results(self.warehouse, results, self.window, self.provenance, RESULTS)
        for result in results:
            if result.status != "passed":
                log.warning("%s", result.advice())
