"""ReportCatchUpOperator: says what the runs of a catch-up changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sparkify.loads.settled import rows_in_window
from sparkify.operators.base import RedshiftOperator
from sparkify.tasks.failing_fast import failing_fast
from sparkify.warehouse.statements import statement
from sparkify.window import Window


class ReportCatchUpOperator(RedshiftOperator):
    """Log and return what each run of a catch-up changed.

    :param runs: what ``FindUnsettledDaysOperator`` returned.
    """

    template_fields: Sequence[str] = ("runs",)
    ui_color = "#f3e3a1"

    def __init__(self, *, runs: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.runs = runs

    def execute(self, context: Mapping[str, Any]) -> list[dict[str, Any]]:  # noqa: ARG002
        """Read the ledger, and count the rows of each day.

        :returns: for each run `why` it was made; its `new_files` and `changed_files`; and of each
            table with an event time the number of rows `before` and `now`.
        """
        changes: list[dict[str, Any]] = []
        with failing_fast(), self.connect() as warehouse:
            for run in self.runs:
                conf = run["conf"]
                ((new, changed),) = warehouse.query(
                    statement("plan/changes_of_run.sql"), {"run_id": run["trigger_run_id"]}
                )
                day = (datetime.fromisoformat(conf[end]) for end in ("window_start", "window_end"))
                changes.append(
                    {
                        "why": conf["reason"],
                        "new_files": int(new),
                        "changed_files": int(changed),
                        "before": conf["rows_before"],
                        "now": rows_in_window(warehouse, Window(*day)),
                    }
                )
        for change in changes:
            self.log.info("%s", change["why"])
            self.log.info(
                "  %d new files, %d changed ones", change["new_files"], change["changed_files"]
            )
            for table, now in change["now"].items():
                self.log.info("  %s: %d rows before, %d now", table, change["before"][table], now)
        self.log.info("%d days were loaded again", len(changes))
        return changes
