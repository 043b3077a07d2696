"""The warehouse's tables, and the sources' files, as Airflow assets.

`DAG(schedule=[table_asset(SONGPLAYS)])` runs after each run that has loaded and checked songplays.
The event's `extra` has the window, `window_start` and `window_end`, and the number of checks.
"""

from __future__ import annotations

from airflow.sdk import Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable

from sparkify.model import Table


def table_asset(table: Table) -> Asset:
    """The asset of one table, for example `sparkify.songplays`.

    It has no URI, because Airflow would import the providers of all kinds of URIs each time it
    reads a DAG file.
    """
    return Asset(f"sparkify.{table.name}", group="sparkify")


def nightly_or_when_files_land(cron: str) -> CronTriggerTimetable | AssetOrTimeSchedule:
    """A schedule at fixed times, and, if a queue is configured, whenever S3 reports a file.

    The bucket of the sources sends its events to this SQS queue. The queue's address is the option
    `source_events_queue` in section `sparkify` of airflow.cfg. The triggerer reads the queue once a
    minute with the connection `aws_default`, and deletes what it has read. The fixed times are the
    safety net.

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
