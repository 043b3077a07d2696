"""
### Load what people listen to, hour by hour

**What**: copies the app's events and the song catalogue from S3 into Redshift, loads the
star schema (`songplays`; `users`, `songs`, `artists`, `time`) and checks it.

**When**: every hour, for the hour before. A run loads one window of event time: from its start,
up to but not including its end. To run it by hand, fill in `window_start` and `window_end` in the
form; a whole month works, too. If both are empty, the last full hour is loaded. A backfill loads
the hours it is asked for. Any window can be loaded again, in any order and beside others; the
tables end up the same.

**Whom to ask**: the data-platform team.

**When it fails**: the log of the failed task names the object, line and column, or the check.
Bad data and failed checks are not retried: correct the object, or raise `max_rejected`, then clear
the task. Lost connections, throttling and conflicts are retried. If `stage_events` is skipped, S3
has no object for the window yet; clear the task when the file has arrived. The rest of the run
continues, because songs may have changed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from sparkify.include import SQL
from sparkify.model import (
    ARTISTS,
    SONGPLAYS,
    SONGS,
    STAGING_EVENTS,
    STAGING_SONGS,
    TIME,
    USERS,
)
from sparkify.operators import (
    DataQualityOperator,
    LoadDimensionOperator,
    LoadFactOperator,
    StageToRedshiftOperator,
)
from sparkify.quality.suite import all_checks
from sparkify.tasks.alerts import when_late
from sparkify.tasks.assets import table_asset
from sparkify.tasks.defaults import WAREHOUSE_DEFAULTS

SOURCE_BUCKET = "{{ var.value.get('sparkify_source_bucket', 'udacity-dend') }}"
WORK_BUCKET = "{{ var.value.get('sparkify_work_bucket', 'sparkify-work') }}"

MOMENT = {"type": ["null", "string"], "format": "date-time"}

with DAG(
    dag_id="sparkify_etl",
    description="S3 to Redshift: stage, load the star schema, check, an hour at a time",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=datetime(2018, 11, 1),
    catchup=False,
    max_active_runs=4,
    tags=["sparkify", "redshift", "star-schema"],
    template_searchpath=str(SQL),
    params={
        "window_start": Param(
            None,
            title="Window start",
            description="First moment to load, in UTC. Empty: the run's own hour.",
            **MOMENT,
        ),
        "window_end": Param(
            None,
            title="Window end",
            description="The moment up to which to load, itself not included.",
            **MOMENT,
        ),
    },
    deadline=when_late(),
    default_args=WAREHOUSE_DEFAULTS,
):
    stage_events = StageToRedshiftOperator(
        task_id="stage_events",
        table=STAGING_EVENTS,
        outlets=[table_asset(STAGING_EVENTS)],
        bucket=SOURCE_BUCKET,
        work_bucket=WORK_BUCKET,
        max_rejected_share=0.1,
    )
    stage_songs = StageToRedshiftOperator(
        task_id="stage_songs",
        table=STAGING_SONGS,
        outlets=[table_asset(STAGING_SONGS)],
        bucket=SOURCE_BUCKET,
        work_bucket=WORK_BUCKET,
        max_rejected_share=0.1,
        execution_timeout=timedelta(hours=6),  # the first load reads 385,000 objects
    )
    load_users = LoadDimensionOperator(
        task_id="load_users",
        table=USERS,
        outlets=[table_asset(USERS)],
        select="load/users.sql",
    )
    load_time = LoadDimensionOperator(
        task_id="load_time",
        table=TIME,
        outlets=[table_asset(TIME)],
        select="load/time.sql",
        mode="window",
    )
    load_songs = LoadDimensionOperator(
        task_id="load_songs",
        table=SONGS,
        outlets=[table_asset(SONGS)],
        select="load/songs.sql",
    )
    load_artists = LoadDimensionOperator(
        task_id="load_artists",
        table=ARTISTS,
        outlets=[table_asset(ARTISTS)],
        select="load/artists.sql",
    )
    load_songplays = LoadFactOperator(
        task_id="load_songplays",
        table=SONGPLAYS,
        outlets=[table_asset(SONGPLAYS)],
        select="load/songplays.sql",
        late_update="load/songplays_late_songs.sql",
        late_source=STAGING_SONGS,
        # Songs may have changed although no file of events has come.
        trigger_rule="none_failed",
    )
    check_quality = DataQualityOperator(
        task_id="check_quality",
        checks=all_checks(),
        # What was loaded is checked, even if another source has no file yet.
        trigger_rule="none_failed",
    )

    stage_events >> [load_users, load_time]
    stage_songs >> [load_songs, load_artists]
    [load_users, load_time, load_songs, load_artists] >> load_songplays >> check_quality
