"""
### Check whole tables, once a day

**What**: checks what would be too much for each hour. Keys are unique in whole tables. Each table
of the star schema equals, column by column, what its SELECT gives over all of staging. Every
reference resolves. The ledger and staging agree. So it finds what somebody changed by hand, at
any age.

It also blanks old copies of source data: texts of rejected rows (`load_errors.raw_text`) and sample
rows of checks (`quality_results.sample_rows`) that are older than `keep_days`.

**When**: each day at 04:30 UTC, after `sparkify_catch_up`, or by hand. If a run of `sparkify_etl`
is between its loads and its checks, the audit waits and tries again. `clean` runs whether the
audit passes or not.

**Whom to ask**: the data-platform team.

**When it fails**: the log of `audit` names each check that failed, with sample rows and what to
do. `sparkify_repair` loads star tables again from staging. If the log says that runs `have loaded
and were not checked yet`, nothing is known to be wrong: see to these runs, then clear `audit`.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import DAG, CronTriggerTimetable, Param

from sparkify.operators import AuditOperator, CleanOperator
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
    params={
        "keep_days": Param(
            90,
            type="integer",
            minimum=1,
            title="Days to keep texts and samples",
            description="Older texts of rejected rows and sample rows of checks are blanked.",
        ),
    },
    default_args=WAREHOUSE_DEFAULTS,
):
    # Neither waits for the other: old texts go even if the audit fails, and the run then fails.
    AuditOperator(task_id="audit", checks=checks_of_audit())
    CleanOperator(task_id="clean", keep_days="{{ params.keep_days }}")
