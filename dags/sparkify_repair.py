"""
### Load star tables again from staging

**What**: repairs what somebody changed by hand, or what a wrong SELECT loaded. Each chosen table of
the star schema is loaded again from the staging tables, with the same SELECT, locks and checks as
in `sparkify_etl`; nothing is read from S3. Then whole tables are checked, as in `sparkify_audit`.
Nothing is loaded from a staging table that has fewer rows than its last loads kept.

**When**: by hand, for example after `sparkify_audit` failed. It is safe beside hourly runs, which
wait while a table is loaded. If both ends of the window are empty, all rows are loaded again. With
a window, only its rows are. A user then gets the newest play of the window, unless the table has a
newer one. `songs` and `artists` belong to no window, and are always loaded in full.

**Whom to ask**: the data-platform team.

**When it fails**: a table whose load failed is as it was before. If `…_complete_in_window` failed,
staging has lost rows: load those windows with `sparkify_etl` first. If `audit` failed, its log
names the checks: choose those tables, too, or leave the window empty.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

from sparkify.include import SQL
from sparkify.model import STAR, StarTable
from sparkify.operators import AuditOperator, LoadDimensionOperator, LoadFactOperator
from sparkify.quality.suite import checks_of_audit
from sparkify.tasks.assets import table_asset
from sparkify.tasks.defaults import WAREHOUSE_DEFAULTS, window_params

NAMES = [table.name for table in STAR]


def load_again(table: StarTable) -> LoadFactOperator | LoadDimensionOperator:
    """The task that loads a table again. Which operator it is follows from the table."""
    settings: dict[str, Any] = {
        "task_id": f"load_{table.name}",
        "table": table,
        "select": f"load/{table.name}.sql",
        "repair": True,
    }
    if table.fact:
        return LoadFactOperator(**settings)
    # A row whose key has its event time stays in its window. Else the newest row of a key wins.
    is_of_window = table.event_time in table.key
    return LoadDimensionOperator(**settings, mode="window" if is_of_window else "upsert")


with DAG(
    dag_id="sparkify_repair",
    description="Load star tables again from staging, by hand",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2018, 11, 1),
    catchup=False,
    max_active_runs=1,
    tags=["sparkify", "redshift", "star-schema"],
    template_searchpath=str(SQL),
    params={
        "tables": Param(
            NAMES,
            type="array",
            items={"type": "string", "enum": NAMES},
            minItems=1,
            examples=NAMES,
            title="Tables",
            description="The tables to load again.",
        ),
        **window_params("load again", if_empty="all time"),
    },
    default_args=WAREHOUSE_DEFAULTS | {"execution_timeout": timedelta(hours=6)},
):

    @task.branch(pool="default_pool")
    def choose_tables(params: dict[str, Any]) -> list[str]:
        return [f"load_{name}" for name in params["tables"]]

    audit = AuditOperator(
        task_id="audit",
        checks=checks_of_audit(),
        repair=True,
        outlets=[table_asset(table) for table in STAR],
        # Tables that were not chosen are skipped.
        trigger_rule="none_failed_min_one_success",
    )

    choose_tables() >> [load_again(table) for table in STAR] >> audit
