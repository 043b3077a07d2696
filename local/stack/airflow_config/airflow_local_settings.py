"""Imported by Airflow at its start: loads the providers' modules into the scheduler, once.

LocalExecutor runs each task in a fork of the scheduler, which then has them already: a third of
the CPU time a task. Never the project's own modules, which would be as old as the scheduler.
"""

from __future__ import annotations

import contextlib
import importlib
import os

MODULES = (
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.amazon.aws.hooks.redshift_sql",
    "airflow.providers.amazon.aws.hooks.s3",
    "airflow.providers.common.sql.hooks.sql",
    "airflow.providers.postgres.hooks.postgres",
    "airflow.providers.standard.operators.empty",
    "airflow.timetables.interval",
    "boto3",
    "botocore.httpsession",
    "redshift_connector",
    "psycopg",
)

if os.environ.get("SPARKIFY_PRELOAD"):
    for _name in MODULES:
        with contextlib.suppress(ImportError):  # only slower without
            importlib.import_module(_name)
