"""
### Create Sparkify's tables, or bring them up to date

**What**: applies the migrations in `include/sql/migrations/` that the warehouse does not have
yet. The first one creates the staging tables, the star schema, and the tables for the ledger and
the history of the checks. Later ones change them. Each migration is applied once, completely or
not at all, and recorded in the table `schema_migrations`.

**When**: by hand, before the first run of `sparkify_etl` and after each deployment. It is safe
on a loaded warehouse, while loads run, and any number of times.

**Whom to ask**: the data-platform team.

**When it fails**: read the task's log. Connection refused: the connection `redshift_default` is
wrong, or the cluster is paused. Permission denied: the database user needs CREATE on the schema and
must own the tables. A migration was changed after it had been applied: undo the change and add a
new migration.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import DAG

from sparkify.operators import MigrateSchemaOperator
from sparkify.tasks.defaults import WAREHOUSE_DEFAULTS

with DAG(
    dag_id="sparkify_create_tables",
    description="Create the tables of the warehouse, or bring them up to date",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2018, 11, 1),
    catchup=False,
    max_active_runs=1,
    tags=["sparkify", "redshift", "setup"],
    default_args=WAREHOUSE_DEFAULTS,
):
    MigrateSchemaOperator(task_id="create_tables")
