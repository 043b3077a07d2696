"""Airflow imports this module at its start. It loads the providers' modules into the scheduler.

LocalExecutor runs each task in a fork of the scheduler. With the modules already loaded, a task
needs much less CPU time. The project's own modules are not loaded here, since the tasks would then
run old code until the scheduler restarts.

redshift_connector's `connect` and the AWS hook call `inspect.stack()`, which looks up the file of
every module: 0.2 s of CPU time per task. The results are cached, so the scheduler makes the lookup
before it forks.
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
    """Make `inspect` look up all modules, by asking for the module of code that has none."""
    inspect.getmodule(_NOWHERE)


if os.environ.get("SPARKIFY_PRELOAD"):
    for _name in MODULES:
        with contextlib.suppress(ImportError):  # without a module, tasks are only slower
            importlib.import_module(_name)
    os.register_at_fork(before=_look_up_modules)
