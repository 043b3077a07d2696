"""Imported by Airflow at its start: loads the providers' modules into the scheduler, once.

LocalExecutor runs each task in a fork of the scheduler, which then has them already: a third of
the CPU time a task. Never the project's own modules, which would be as old as the scheduler.

Both drivers (redshift_connector's `connect`, the hook of AWS) look at who called them by
`inspect.stack()`, which asks for the path of every module's file: 0.2 s of CPU time in each task.
The answers are kept, so the scheduler asks before it forks.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
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

_NOWHERE = compile("", "<code of no module>", "exec")


def _look_up_modules() -> None:
    """Have `inspect` look for the module of code that has none, and so through all of them."""
    inspect.getmodule(_NOWHERE)


if os.environ.get("SPARKIFY_PRELOAD"):
    for _name in MODULES:
        with contextlib.suppress(ImportError):  # only slower without
            importlib.import_module(_name)
    os.register_at_fork(before=_look_up_modules)
