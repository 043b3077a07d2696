"""FindUnsettledDaysOperator: finds the days whose files are not loaded as they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sparkify.loads.objects import check_bucket
from sparkify.loads.partitions import RECENT
from sparkify.loads.settled import rows_in_window, unsettled_days, whole_day
from sparkify.operators.base import RedshiftOperator
from sparkify.tasks import aws
from sparkify.tasks.failing_fast import failing_fast
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import Window

_RUN_IDS = "catch_up__"  # how the ids of the triggered runs begin


class FindUnsettledDaysOperator(RedshiftOperator):
    """Find the days that must be loaded again, and return what a run over each of them needs.

    A day is settled when the present version of each of its files has been loaded for the whole
    day (see ``sparkify.loads.settled``). Looking costs one listing of each partitioned source.

    :param bucket: the sources' bucket.
    :param days_back: the number of days before `until` to look at.
    :param most_days: the most days to return: the earliest first, and last those that an earlier
        catch-up failed to load, so that refused files do not hold up the other days.
    :param until: the day, as `2018-12-01`, before which to look. Empty: today, in UTC.
    :param only_plan: log the days and return none.
    :param aws_conn_id: the connection to S3.
    """

    template_fields: Sequence[str] = ("bucket", "days_back", "most_days", "until", "only_plan")
    ui_color = "#f3e3a1"

    def __init__(
        self,
        *,
        bucket: str,
        days_back: int | str = RECENT.days,
        most_days: int | str = 10,
        until: str = "",
        only_plan: bool | str = False,
        aws_conn_id: str = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.days_back = days_back
        self.most_days = most_days
        self.until = until
        self.only_plan = only_plan
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Look for the days.

        :returns: for each day, the arguments of the ``TriggerDagRunOperator`` that loads it.
        """
        with failing_fast():
            check_bucket(self.bucket)
            span = self._span(context["dag_run"].run_after)
            with self.connect() as warehouse:
                from airflow.providers.amazon.aws.hooks.s3 import S3Hook

                s3 = aws.s3_client(S3Hook(aws_conn_id=self.aws_conn_id))
                days = unsettled_days(warehouse, s3, self.bucket, span)
                failed = _failed_days(warehouse, span)
                chosen = sorted(days, key=lambda day: day.day in failed)[: int(self.most_days)]
                rows = [rows_in_window(warehouse, whole_day(day.day)) for day in chosen]
        self.log.info("%d days are not settled in %s", len(days), span)
        for day in days:
            self.log.info("%s", day)
        if len(chosen) < len(days):
            self.log.warning("%d other days are left to the next run", len(days) - len(chosen))
        if str(self.only_plan).lower() == "true":
            self.log.info("Only planned: nothing is loaded")
            return []
        return [
            {
                "trigger_run_id": f"{_RUN_IDS}{day.day}__{context['dag_run'].run_id}",
                "conf": {
                    "window_start": whole_day(day.day).start.isoformat(),
                    "window_end": whole_day(day.day).end.isoformat(),
                    "reason": str(day),
                    "rows_before": rows_before,
                },
            }
            for day, rows_before in zip(chosen, rows, strict=True)
        ]

    def _span(self, run_after: datetime) -> Window:
        """The days to look at: whole ones, that are over."""
        today = whole_day(run_after.astimezone(UTC).date()).start
        end = whole_day(date.fromisoformat(self.until)).start if self.until else today
        return Window(end - timedelta(days=int(self.days_back)), min(end, today))


def _failed_days(warehouse: Warehouse, span: Window) -> set[date]:
    """The days over which an earlier catch-up failed."""
    rows = warehouse.query(
        statement("plan/failed_days.sql"), {"run_ids": f"{_RUN_IDS}%", **span.bindings()}
    )
    return {start.date() for (start,) in rows}
