"""
### Load what people listen to, hour by hour

**What**: copies the app's events and the song catalogue from S3 into Redshift, loads the
star schema (`songplays`, `page_views`; `users`, `songs`, `artists`, `time`) and checks it.

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

from airflow.sdk import DAG, CronDataIntervalTimetable

from sparkify.include import SQL
from sparkify.model import (
    ARTISTS,
    PAGE_VIEWS,
    SONGPLAYS,
    SONGS,
    STAGING_EVENTS,
    STAGING_SONGS,
    TABLES,
    TIME,
    USERS,
)
from sparkify.operators import (
    DataQualityOperator,
    LoadDimensionOperator,
    LoadFactOperator,
    StageToRedshiftOperator,
)
from sparkify.quality.suite import checks_after_loads
from sparkify.tasks.alerts import when_late
from sparkify.tasks.assets import table_asset
from sparkify.tasks.defaults import SOURCE_BUCKET, WAREHOUSE_DEFAULTS, WORK_BUCKET, window_params

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
    params=window_params("load", if_empty="the run's own hour"),
    deadline=when_late(),
    default_args=WAREHOUSE_DEFAULTS,
):
    stage_events = StageToRedshiftOperator(
        task_id="stage_events",
        table=STAGING_EVENTS,
        bucket=SOURCE_BUCKET,
        work_bucket=WORK_BUCKET,
        max_rejected_share=0.1,
    )
    stage_songs = StageToRedshiftOperator(
        task_id="stage_songs",
        table=STAGING_SONGS,
        bucket=SOURCE_BUCKET,
        work_bucket=WORK_BUCKET,
        max_rejected_share=0.1,
        execution_timeout=timedelta(hours=6),  # the first load reads 385,000 objects
        max_active_tis_per_dag=1,  # a run that waits finds the catalogue loaded
    )
    load_users = LoadDimensionOperator(
        task_id="load_users",
        table=USERS,
        select="load/users.sql",
    )
    load_time = LoadDimensionOperator(
        task_id="load_time",
        table=TIME,
        select="load/time.sql",
        mode="window",
    )
    load_songs = LoadDimensionOperator(
        task_id="load_songs",
        table=SONGS,
        select="load/songs.sql",
    )
    load_artists = LoadDimensionOperator(
        task_id="load_artists",
        table=ARTISTS,
        select="load/artists.sql",
    )
    load_page_views = LoadFactOperator(
        task_id="load_page_views",
        table=PAGE_VIEWS,
        select="load/page_views.sql",
    )
    load_songplays = LoadFactOperator(
        task_id="load_songplays",
        table=SONGPLAYS,
        select="load/songplays.sql",
        late_update="load/songplays_late_songs.sql",
        # Songs may have changed although no file of events has come.
        trigger_rule="none_failed",
    )
    check_quality = DataQualityOperator(
        task_id="check_quality",
        checks=checks_after_loads(),
        outlets=[table_asset(table) for table in TABLES],  # whoever waits gets checked data
        # What was loaded is checked, even if another source has no file yet.
        trigger_rule="none_failed",
    )

    stage_events >> [load_users, load_time]
    stage_songs >> [load_songs, load_artists]
    [load_users, load_time, load_songs, load_artists] >> load_songplays >> check_quality
    stage_events >> load_page_views >> check_quality
