"""CleanOperator: blanks old copies of source data in the record of loads and checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sparkify.operators.base import RedshiftOperator
from sparkify.tasks.failing_fast import failing_fast
from sparkify.warehouse.locks import LEDGER, RESULTS, lock
from sparkify.warehouse.statements import statement
from sparkify.window import now


class CleanOperator(RedshiftOperator):
    """Blank texts of rejected rows and sample rows of checks that are older than some days.

    They may hold personal data. The place and reason of each rejected row stay, and so does the
    result of each check.

    :param keep_days: how many days they are kept, at least one.
    """

    template_fields: Sequence[str] = ("keep_days",)
    ui_color = "#f3e3a1"

    def __init__(self, *, keep_days: int | str = 90, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keep_days = keep_days

    def execute(self, context: Mapping[str, Any]) -> dict[str, int]:  # noqa: ARG002
        """Blank them.

        :returns: how many rows of `load_errors` and `quality_results` were blanked.
        """
        with failing_fast():
            days = int(self.keep_days)
            if days < 1:
                raise ValueError(f"keep_days is {days}: it must be at least 1")
            before = {"before": now() - timedelta(days=days)}
            with self.connect() as warehouse, warehouse.transaction():
                lock(warehouse, LEDGER, RESULTS)
                texts = warehouse.execute(statement("operators/clean_rejected_texts.sql"), before)
                samples = warehouse.execute(statement("operators/clean_sample_rows.sql"), before)
        self.log.info("Older than %d days: %d texts, %d samples blanked", days, texts, samples)
        return {"load_errors": texts, "quality_results": samples}
