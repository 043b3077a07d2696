"""`demo`: load a month of logs and songs with the DAGs, and show what people listened to.

Purpose: show the whole pipeline at work, with the API, bucket and endpoint that users use.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import s3
from local.bucket_folder import fill_bucket
from local.sample_data import Parameters, write
from local.stack import lifecycle, warehouse
from local.stack.airflow_api import AirflowApi
from local.stack.dag_run import run_now
from local.stack.dataset import Dataset, remember, remembered, replaces
from local.stack.lifecycle import say
from local.stack.settings import Settings
from local.stack.summary import print_summary

TABLES_DAG = "sparkify_create_tables"
ETL_DAG = "sparkify_etl"
REPORT_DAG = "sparkify_insights"


class Stopwatch:
    """Measures the seconds of each stage."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.seconds: list[tuple[str, float]] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds.append((name, time.monotonic() - began))

    @property
    def total(self) -> float:
        return time.monotonic() - self.began


def demo(settings: Settings, data: Path | None) -> int:
    """Load `data`, or a sample month; returns the exit code.

    :raises StackError: the stack or a DAG cannot run.
    :raises DataDirectoryError: `data` does not have the layout of Sparkify's source.
    """
    watch = Stopwatch()
    refuse_another_warehouse(settings)
    if data is not None:
        Dataset.scan(data).window()  # report a wrong directory before anything starts
    with watch.stage("stack"):
        lifecycle.up(settings)
    with watch.stage("data"):
        dataset = Dataset.scan(data or sample(settings))
    with watch.stage("upload"):
        _upload(settings, dataset)

    api = AirflowApi(settings.ui_url)
    start, end = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in dataset.window())
    window = {"window_start": start, "window_end": end}
    run_ids: dict[str, str] = {}
    for dag_id, conf in ((TABLES_DAG, {}), (ETL_DAG, window), (REPORT_DAG, {})):
        with watch.stage(dag_id):
            run_ids[dag_id], run = run_now(settings, api, dag_id, conf)
        watch.seconds += [(f"  {task}", seconds) for task, seconds in run.task_seconds.items()]
        if not run.succeeded:
            return 1
    print_summary(
        settings,
        dag_id=ETL_DAG,
        run_id=run_ids[ETL_DAG],
        seconds=watch.seconds,
        total=watch.total,
        report=_newest_report(settings),
    )
    return 0


def _newest_report(settings: Settings) -> Path:
    """The file of the newest report, in the work bucket's folder."""
    return max((settings.s3_dir / s3.WORK_BUCKET / "sparkify/reports").glob("**/*.html"))


def refuse_another_warehouse(settings: Settings) -> None:
    """Check that `.env` does not set the connections.

    :raises StackError: the DAGs would load another warehouse than this stack's.
    """
    names = ("AIRFLOW_CONN_REDSHIFT_DEFAULT", "AIRFLOW_CONN_AWS_DEFAULT")
    elsewhere = [name for name in names if name in settings.airflow_overrides]
    if elsewhere:
        raise lifecycle.StackError(
            f".env sets {' and '.join(elsewhere)}: the demo loads the local warehouse, so remove"
            " it first"
        )


def sample(settings: Settings) -> Path:
    """The directory of the sample month, which is written if necessary."""
    written = write(settings.sample_dir, Parameters())
    verb = "wrote" if written.fresh else "found"
    say(f"{verb} the sample month: {written.events:,} events, {written.songs:,} songs")
    return settings.sample_dir


def _upload(settings: Settings, dataset: Dataset) -> None:
    """Make the bucket equal to `dataset`. If it had other data, drop the warehouse's tables."""
    if replaces(dataset, remembered(settings)):
        with warehouse.connect(settings) as cursor:
            names = warehouse.project_tables(cursor)
            say(
                f"the bucket has other data: its objects are replaced, and the project's"
                f" {len(names)} tables dropped, with the views on them. Other tables stay"
            )
            warehouse.drop_tables(cursor, names)
    filled = fill_bucket(s3.client(settings.s3_url), settings.s3_dir, dataset.directory)
    say(
        f"s3://{s3.SOURCE_BUCKET}: {len(filled.sent):,} objects added or changed,"
        f" {len(filled.deleted):,} deleted, {filled.kept:,} already there"
    )
    remember(settings, dataset)
