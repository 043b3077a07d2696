"""The imports of the fork server."""

import airflow.providers.amazon.aws.hooks.redshift_sql
import airflow.providers.amazon.aws.hooks.s3
import airflow.providers.postgres.hooks.postgres
import airflow.sdk.execution_time.task_runner  # noqa: F401

from tests.faults.child import etl

etl()
