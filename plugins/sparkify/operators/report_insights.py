"""ReportInsightsOperator: writes the insights as one HTML file to S3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sparkify.loads.objects import current_etag, naming, work_key
from sparkify.operators.base import RedshiftOperator
from sparkify.tasks import aws
from sparkify.tasks.failing_fast import failing_fast


class ReportInsightsOperator(RedshiftOperator):
    """Write what people listened to in the last 30 days that have data.

    One file, with style, charts and script in it, at `PREFIX/reports/DATE/insights.html` of the
    work bucket; DATE is the day, in UTC, that the run is of. Where the day has its report, a run
    that an asset has triggered is skipped, so that there is one a day, while a run by hand
    writes it anew.

    :param work_bucket: where it is written.
    :param work_prefix: the folder in it.
    :param aws_conn_id: the connection to S3.
    """

    template_fields: Sequence[str] = ("work_bucket", "work_prefix")
    ui_color = "#cfe8d5"

    def __init__(
        self,
        *,
        work_bucket: str,
        work_prefix: str = "sparkify",
        aws_conn_id: str = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.work_bucket = work_bucket
        self.work_prefix = work_prefix
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Mapping[str, Any]) -> dict[str, str]:
        """Write the report.

        :returns: its `url`, and the `period`.
        :raises AirflowSkipException: the day has its report, or there is no play to report.
        """
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook
        from airflow.sdk.exceptions import AirflowSkipException

        from sparkify.insights.answers import TABS, last_day
        from sparkify.insights.reading import read_insights
        from sparkify.insights.rendering import report_file
        from sparkify.insights.selection import last_days

        run = context["dag_run"]
        with failing_fast():
            s3 = aws.s3_client(S3Hook(aws_conn_id=self.aws_conn_id))
            day = f"{run.run_after:%Y-%m-%d}"
            key = work_key(self.work_prefix, "reports", day, "insights.html")
            url = f"s3://{self.work_bucket}/{key}"
            if run.run_type == "asset_triggered" and current_etag(s3, self.work_bucket, key):
                raise AirflowSkipException(f"{day} has its report: {url}")
            with self.connect() as warehouse, warehouse.read_only():
                newest = last_day(warehouse)
                if newest is None:
                    raise AirflowSkipException("no play has been loaded yet: nothing to report")
                selection = last_days(newest)
                tabs = [read_insights(warehouse, tab, selection) for tab in TABS]
            body = report_file(tabs).encode()
            with naming(url):
                s3.put_object(
                    Bucket=self.work_bucket,
                    Key=key,
                    Body=body,
                    ContentType="text/html; charset=utf-8",
                )
        self.log.info(
            "%s: %d bytes on %s, read in %.2f s",
            url,
            len(body),
            selection,
            sum(insights.seconds for insights in tabs),
        )
        return {"url": url, "period": str(selection)}
