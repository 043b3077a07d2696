"""The warehouse's tables, and the sources' files, as Airflow assets.

`DAG(schedule=[table_asset(SONGPLAYS)])` runs after each run that has loaded and checked songplays.
The event's `extra` has the window, `window_start` and `window_end`, and the number of checks.
"""

from __future__ import annotations

from airflow.sdk import Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable

from sparkify.model import Table


def table_asset(table: Table) -> Asset:
    """The asset of one table, `sparkify.songplays` for one.

    Without an address: for that Airflow imports the providers of all addresses there are,
    each time it reads a DAG file.
    """
    return Asset(f"sparkify.{table.name}", group="sparkify")


def nightly_or_when_files_land(cron: str) -> CronTriggerTimetable | AssetOrTimeSchedule:
    """A schedule at fixed times, and, if a queue is configured, whenever S3 reports a file.

    The queue is an SQS queue that the sources' bucket sends its events to: section `sparkify` of
    airflow.cfg, `source_events_queue`, its address. The triggerer reads it with the connection
    `aws_default` once a minute, and deletes what it has read; the fixed times are the safety net.

    Source: Airflow's documentation, "Event-driven scheduling".
    """
    from airflow.sdk.configuration import conf

    timetable = CronTriggerTimetable(cron, timezone="UTC")
    queue = conf.get("sparkify", "source_events_queue", fallback="")
    if not queue:
        return timetable
    from airflow.providers.amazon.aws.triggers.sqs import SqsSensorTrigger

    # Ten messages are the most that SQS gives at once.
    trigger = SqsSensorTrigger(sqs_queue=queue, max_messages=10, num_batches=10)
    watcher = AssetWatcher(name="s3_events", trigger=trigger)
    files = Asset("sparkify.source_files", group="sparkify", watchers=[watcher])
    return AssetOrTimeSchedule(timetable=timetable, assets=[files])
