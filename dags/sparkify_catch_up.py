"""
### Load what arrived late

**What**: looks for days whose files are not loaded as they are now, and triggers a run of
`sparkify_etl` over each of them, the earliest first. These are days with events that were written
after their hour was loaded, with a late file, or with a corrected file. A day is settled when the
present version of each of its files has been loaded for the whole day. Settled days cost one
listing of the source.

**When**: each day at 02:30 UTC, for the 35 days before. If an SQS queue with the bucket's events
is configured (docs/operations.md), also within a minute after a file lands. Run it by hand at any
time. With `only_plan`, the log of `find_unsettled_days` shows what a run would load, and nothing is
loaded. It is safe beside hourly runs and backfills.

**Whom to ask**: the data-platform team.

**When it fails**: a failed `load_days` names the run of `sparkify_etl` that failed: look there,
and clear `load_days` when the cause is gone. If you do nothing, the next night's run tries again.
"""

from __future__ import annotations

from datetime import datetime

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Param

from sparkify.loads.partitions import RECENT
from sparkify.operators import FindUnsettledDaysOperator, ReportCatchUpOperator
from sparkify.tasks.assets import nightly_or_when_files_land
from sparkify.tasks.defaults import SOURCE_BUCKET, WAREHOUSE_DEFAULTS

with DAG(
    dag_id="sparkify_catch_up",
    description="Load days again whose files have changed since they were loaded",
    doc_md=__doc__,
    schedule=nightly_or_when_files_land("30 2 * * *"),
    start_date=datetime(2018, 11, 1),
    catchup=False,
    max_active_runs=1,
    tags=["sparkify", "redshift", "star-schema"],
    params={
        "days_back": Param(
            RECENT.days,
            type="integer",
            minimum=1,
            maximum=366,
            title="Days to look back",
            description="How many days before today, or before the day below, are looked at.",
        ),
        "until": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Before this day",
            description="The days before it are looked at. Empty: before today, in UTC.",
        ),
        "most_days": Param(
            10,
            type="integer",
            minimum=1,
            maximum=366,
            title="Most days to load",
            description="The earliest are loaded first; those that failed before come last.",
        ),
        "only_plan": Param(
            False,
            type="boolean",
            title="Only plan",
            description="Show what would be loaded, and load nothing.",
        ),
    },
    default_args=WAREHOUSE_DEFAULTS,
):
    find_unsettled_days = FindUnsettledDaysOperator(
        task_id="find_unsettled_days",
        bucket=SOURCE_BUCKET,
        days_back="{{ params.days_back }}",
        most_days="{{ params.most_days }}",
        until="{{ params.until or '' }}",
        only_plan="{{ params.only_plan }}",
    )
    load_days = TriggerDagRunOperator.partial(
        task_id="load_days",
        trigger_dag_id="sparkify_etl",
        logical_date=None,  # so that no hour's scheduled run counts as done
        wait_for_completion=True,
        deferrable=True,
        poke_interval=10,
        reset_dag_run=True,  # a cleared task runs the same run again
        map_index_template="{{ task.conf['reason'] }}",
        # The run's own tasks are retried. Another try here would run all of them again, and copy
        # a file that was refused once more; the next night does that.
        retries=0,
    ).expand_kwargs(find_unsettled_days.output)
    report_changes = ReportCatchUpOperator(
        task_id="report_changes",
        runs=find_unsettled_days.output,
        trigger_rule="none_failed",
    )

    find_unsettled_days >> load_days >> report_changes
