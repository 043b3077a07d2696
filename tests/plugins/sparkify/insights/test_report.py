"""The daily report: one file in S3."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from sparkify.insights.questions import QUESTIONS, TABS
from sparkify.operators import ReportInsightsOperator
from tests.support.runs import context, query


def report(bucket: str, *, run_type: str = "asset_triggered") -> dict[str, str]:
    task_context = context(task_id="report_insights")
    run_after = datetime(2018, 11, 12, 9, tzinfo=UTC)
    task_context["dag_run"] = SimpleNamespace(run_after=run_after, run_type=run_type)
    task = ReportInsightsOperator(task_id="report_insights", work_bucket=bucket)
    answer: dict[str, str] = task.execute(task_context)
    return answer


def read(s3: Any, bucket: str) -> str:
    key = "sparkify/reports/2018-11-12/insights.html"
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()


def test_a_report_is_one_file_that_needs_no_other(s3, bucket, plays, connections):
    result = report(bucket)
    assert result["url"] == f"s3://{bucket}/sparkify/reports/2018-11-12/insights.html"
    page = read(s3, bucket)
    assert "The Lanterns" in page
    charts = [question for question in QUESTIONS.values() if question.chart]
    assert page.count("<svg") == 2 * len(charts)  # each for a wide screen and for a phone
    assert re.findall(r'<(?:link|script|img)[^>]+(?:src|href)="(?!data:)', page) == []
    assert "<form" not in page
    assert "export/" not in page
    headings = [page.index(f"<h1>{tab.heading}</h1>") for tab in TABS.values()]
    assert headings == sorted(headings)
    assert all(f'id="{name}-heading"' in page for name in QUESTIONS)


def test_there_is_one_report_a_day_unless_somebody_asks(s3, bucket, plays, connections):
    report(bucket)
    query(plays, "update songplays set artist = 'The Others'")
    with pytest.raises(AirflowSkipException, match="2018-11-12 has its report: s3://"):
        report(bucket)
    assert "The Others" not in read(s3, bucket)
    report(bucket, run_type="manual")
    assert "The Others" in read(s3, bucket)


def test_without_a_play_there_is_nothing_to_report(bucket, warehouse):
    with pytest.raises(AirflowSkipException, match="no play has been loaded yet"):
        report(bucket)
