"""
### Create what is missing of Sparkify's warehouse

**What**: the staging tables, the star schema, and the tables of the ledger and of the
checks' history, as `include/sql/tables/` has them. Drops nothing and changes nothing that
is there.

**When**: by hand, before the first run of `sparkify_etl`, and after a table was added.

**Whom to ask**: the data-platform team.

**When it fails**: read the task's log. A refused connection: the connection
`redshift_default` is wrong or the cluster is paused. Permission denied: its user needs
CREATE on the schema. It can be run again at any time.
"""

from __future__ import annotations

from datetime import datetime

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG

from sparkify.include import SQL
from sparkify.task_defaults import TASK_DEFAULTS

TABLES = [
    "staging_events",
    "staging_songs",
    "songplays",
    "users",
    "songs",
    "artists",
    "time",
    "load_ledger",
    "load_errors",
    "load_listings",
    "load_watermarks",
    "quality_results",
]

with DAG(
    dag_id="sparkify_create_tables",
    description="Create the tables of the warehouse that are missing",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2018, 11, 1),
    catchup=False,
    tags=["sparkify", "redshift", "setup"],
    template_searchpath=str(SQL),
    default_args=TASK_DEFAULTS,
):
    SQLExecuteQueryOperator(
        task_id="create_tables",
        conn_id="redshift_default",
        sql=[f"tables/{table}.sql" for table in TABLES],
        autocommit=True,
        show_return_value_in_logs=False,
        do_xcom_push=False,
    )
