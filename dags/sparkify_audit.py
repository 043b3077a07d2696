"""
### Check whole tables, once a day

**What**: checks what would be too much for each hour. Keys are unique in whole tables. Each table
of the star schema equals, column by column, what its SELECT gives over all of staging. Every
reference resolves. The ledger and staging agree. So it finds what somebody changed by hand, at
any age.

**When**: each day at 04:30 UTC, after `sparkify_catch_up`, or by hand. If a run of `sparkify_etl`
is between its loads and its checks, the audit waits and tries again.

**Whom to ask**: the data-platform team.

**When it fails**: the log of `audit` names each check that failed, with sample rows and what to
do. `sparkify_repair` loads star tables again from staging.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import DAG, CronTriggerTimetable

from sparkify.operators import AuditOperator
from sparkify.quality.suite import checks_of_audit
from sparkify.tasks.defaults import WAREHOUSE_DEFAULTS

with DAG(
    dag_id="sparkify_audit",
    description="Check whole tables, once a day",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("30 4 * * *", timezone="UTC"),
    start_date=datetime(2018, 11, 1),
    catchup=False,
    max_active_runs=1,
    tags=["sparkify", "redshift", "quality"],
    default_args=WAREHOUSE_DEFAULTS,
):
    AuditOperator(task_id="audit", checks=checks_of_audit())
