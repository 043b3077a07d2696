"""
### Report what people listen to

**What**: writes the insights that the page *Sparkify* shows into one HTML file that you can send
on: `sparkify/reports/DATE/insights.html` in the work bucket. It covers the last 30 days that have
data. It can be read without network and without Airflow.

**When**: after a load of `songplays`, at most once a day; after later loads of the day it is
skipped. A run by hand writes the day's report again.

**Whom to ask**: the data-platform team.

**When it fails**: read the task's log. A refused connection or a missing table has the same causes
as in `sparkify_etl`. `Access Denied` from S3: Airflow may not write below `sparkify/` in the work
bucket. Nothing depends on this DAG.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import DAG

from sparkify.model import SONGPLAYS
from sparkify.operators import ReportInsightsOperator
from sparkify.tasks.assets import table_asset
from sparkify.tasks.defaults import WAREHOUSE_DEFAULTS, WORK_BUCKET

with DAG(
    dag_id="sparkify_insights",
    description="A report of what people listen to, once a day, after a load",
    doc_md=__doc__,
    schedule=[table_asset(SONGPLAYS)],
    start_date=datetime(2018, 11, 1),
    catchup=False,
    max_active_runs=1,
    tags=["sparkify", "redshift", "report"],
    default_args=WAREHOUSE_DEFAULTS,
):
    ReportInsightsOperator(
        task_id="report_insights",
        work_bucket=WORK_BUCKET,
    )
