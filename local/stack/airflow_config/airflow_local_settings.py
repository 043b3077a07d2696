"""Airflow imports this module at its start. It loads modules into the scheduler.

LocalExecutor runs each task in a fork of the scheduler. With the modules already loaded, a task
needs much less CPU time. If a file of the project's own modules has changed since they were loaded,
each new fork loads all of them again, so that no task runs old code.

Three things that each task would find out anew are found out before the fork:

- redshift_connector's `connect` and the AWS hook call `inspect.stack()`, which looks up the file of
  every module: 0.2 s of CPU time per task.
- A client of S3 reads botocore's data, megabytes of JSON: 0.1 s.
- Jinja compiles the templates of the SQL: 0.03 s.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import os
import pkgutil
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

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
_NOT_IN_TASKS = ("sparkify.commands", "sparkify.insights")

_NOWHERE = compile("", "<code of no module>", "exec")


class LookedUpModules:
    """The modules whose files `inspect` knows."""

    def __init__(self) -> None:
        self._known = 0

    def update(self) -> None:
        """Make `inspect` look up all modules, by asking for the module of code that has none."""
        if len(sys.modules) != self._known:
            inspect.getmodule(_NOWHERE)
            self._known = len(sys.modules)


def _read_data_of_botocore() -> None:
    """Read what a client of S3 needs, and give it to the clients that come later, too."""
    import boto3
    import botocore.session

    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    no_key = {"aws_access_key_id": "-", "aws_secret_access_key": "-"}  # it asks for nothing
    boto3.client("s3", region_name="us-east-1", **no_key)


def _compile_sql() -> None:
    from sparkify.warehouse.statements import environment

    for name in environment().list_templates(extensions=["sql", "jinja"]):
        environment().get_template(name)


def _load(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):  # without a module, tasks are only slower
            importlib.import_module(name)


def _own_modules() -> list[str]:
    """The names of the project's modules that tasks import."""
    package = importlib.import_module(OWN)
    names = [module.name for module in pkgutil.walk_packages(package.__path__, f"{OWN}.")]
    return [name for name in names if not name.startswith(_NOT_IN_TASKS)]


def _changed_at(path: str) -> int | None:
    try:
        return Path(path).stat().st_mtime_ns
    except FileNotFoundError:
        return None


class LoadedCode:
    """The files of the project's modules, as they were when they were loaded."""

    def __init__(self) -> None:
        files = (getattr(module, "__file__", None) for module in self._modules().values())
        self._times = {path: _changed_at(path) for path in files if path}

    def forget_if_changed(self) -> None:
        """Make the next import load all modules again, if the file of one has changed."""
        if any(_changed_at(path) != before for path, before in self._times.items()):
            for name in self._modules():
                del sys.modules[name]

    def _modules(self) -> dict[str, ModuleType]:
        return {n: module for n, module in sys.modules.items() if n.partition(".")[0] == OWN}


if os.environ.get("SPARKIFY_PRELOAD"):
    _load(MODULES)
    _load(_own_modules())
    for _prepare in (_read_data_of_botocore, _compile_sql):
        with contextlib.suppress(Exception):
            _prepare()
    os.register_at_fork(
        before=LookedUpModules().update, after_in_child=LoadedCode().forget_if_changed
    )
