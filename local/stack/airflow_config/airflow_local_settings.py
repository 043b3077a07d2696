"""Airflow imports this module at its start. It loads modules into the scheduler and DAG processor.

LocalExecutor runs each task in a fork of the scheduler. With the modules already loaded, a task
needs much less CPU time. If a file of the project's own modules has changed since they were loaded,
each new fork loads all of them again, so that no task runs old code.

Two more things are done once, before the fork:

- Botocore's data for clients of S3, megabytes of JSON, is read: 0.1 s of CPU time per task.
- The templates of the SQL are compiled: 0.03 s.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable
from pathlib import Path

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
    "jinja2.ext",
    "redshift_connector",
    "psycopg",
)
OWN = "sparkify"
_NOT_LOADED = ("sparkify.commands", "sparkify.insights")  # their libraries are large


def _read_data_of_botocore() -> None:
    """Read what a client of S3 needs, and give it to the clients that come later, too."""
    import boto3
    import botocore.session

    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    no_key = {"aws_access_key_id": "-", "aws_secret_access_key": "-"}  # it asks for nothing
    boto3.session.Session().client("s3", region_name="us-east-1", **no_key)


def _compile_sql() -> None:
    from sparkify.warehouse.statements import environment

    for name in environment().list_templates(extensions=["sql", "jinja"]):
        environment().get_template(name)


def _load(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):  # without a module, tasks are only slower
            importlib.import_module(name)


def _changed_at(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


class OwnCode:
    """The project's modules. Their files are found, and their times taken, before any is loaded."""

    def __init__(self) -> None:
        spec = importlib.util.find_spec(OWN)
        folders = (
            [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
        )
        self._names = {
            path: ".".join(path.relative_to(folder.parent).with_suffix("").parts)
            for folder in folders
            for path in folder.rglob("*.py")
        }
        self._times = {path: _changed_at(path) for path in self._names}

    def load(self) -> None:
        """Load the modules of the DAGs' tasks."""
        names = (name.removesuffix(".__init__") for name in self._names.values())
        _load(name for name in names if not name.startswith(_NOT_LOADED))

    def forget_if_changed(self) -> None:
        """Make the next import load all modules again, if the file of one has changed."""
        if any(_changed_at(path) != before for path, before in self._times.items()):
            for name in [name for name in sys.modules if name.partition(".")[0] == OWN]:
                del sys.modules[name]


if os.environ.get("SPARKIFY_PRELOAD"):
    _own = OwnCode()
    _load(MODULES)
    _own.load()
    for _prepare in (_read_data_of_botocore, _compile_sql):
        with contextlib.suppress(Exception):
            _prepare()
    os.register_at_fork(after_in_child=_own.forget_if_changed)
