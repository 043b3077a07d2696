"""
### Load what people listen to, hour by hour

**What**: copies the app's events and the song catalogue from S3 into Redshift, loads the
star schema (`songplays`; `users`, `songs`, `artists`, `time`) and checks it.

**When**: every hour, for the hour before. A run loads one window of event time, from its
start up to, and without, its end. By hand, give `window_start` and `window_end` in the
form (a whole month works, too); without them the last full hour is loaded. A backfill
loads the hours it is asked for. Any window can be loaded again, in any order, and beside
others: the tables end the same.

**Whom to ask**: the data-platform team.

**When it fails**: the log of the failed task says which object, line and column, or which
check. Bad data and failed checks are not retried: mend the object, or raise
`max_rejected`, then clear the task. Lost connections, throttling and conflicts are
retried. A skipped `stage_events` means that S3 has no object for the window yet; clear
it when the file has landed. The rest of the run goes on, since songs may have changed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from sparkify.include import SQL
from sparkify.operators import (
    DataQualityOperator,
    LoadDimensionOperator,
    LoadFactOperator,
    StageToRedshiftOperator,
)
from sparkify.quality.checks import Check
from sparkify.tasks.alerts import when_late
from sparkify.tasks.assets import table_asset
from sparkify.tasks.defaults import WAREHOUSE_DEFAULTS

SOURCE_BUCKET = "{{ var.value.get('sparkify_source_bucket', 'udacity-dend') }}"
WORK_BUCKET = "{{ var.value.get('sparkify_work_bucket', 'sparkify-work') }}"

EVENT_COLUMNS = (
    *("artist", "auth", "first_name", "gender", "item_in_session", "last_name", "length"),
    *("level", "location", "method", "page", "registration", "session_id", "song", "status"),
    *("ts", "user_agent", "user_id"),
)
SONG_COLUMNS = (
    *("num_songs", "artist_id", "artist_latitude", "artist_longitude", "artist_location"),
    *("artist_name", "song_id", "title", "duration", "year"),
)
CHECKS = [
    Check("quality/any_table/not_empty.sql", table="staging_songs"),
    Check("quality/any_table/not_empty_once_loaded.sql", table="staging_events"),
    *(
        Check("quality/any_table/not_empty_once_sourced.sql", table=table, source="staging_songs")
        for table in ("songs", "artists")
    ),
    *(
        Check("quality/any_table/not_empty_once_played.sql", table=table)
        for table in ("songplays", "users", "time")
    ),
    Check("quality/any_table/fresh.sql", table="staging_events", event_time="ts"),
    Check("quality/objects_add_up.sql"),
    Check("quality/objects_not_shrunk.sql"),
    Check("quality/staging_matches_ledger.sql"),
    Check("quality/every_line_is_an_event.sql"),
    Check("quality/no_rows_rejected.sql"),
    Check("quality/late_events.sql"),
    *(
        Check(
            "quality/any_table/key_once_of_run.sql", table=table, source="staging_songs", key=[key]
        )
        for table, key in (
            ("staging_songs", "song_id"),
            ("songs", "song_id"),
            ("artists", "artist_id"),
        )
    ),
    *(
        Check("quality/any_table/key_not_null_in_window.sql", table=table, key=key, event_time=time)
        for table, key, time in (
            ("staging_events", ["session_id", "item_in_session"], "ts"),
            ("songplays", ["songplay_id"], "start_time"),
            ("time", ["start_time"], "start_time"),
        )
    ),
    Check("quality/staging_events_key_unique_in_window.sql"),
    Check("quality/songplays_key_unique_in_window.sql"),
    Check(
        "quality/any_table/key_unique_in_window.sql",
        table="time",
        key=["start_time"],
        event_time="start_time",
    ),
    Check("quality/songplays_have_user.sql"),
    Check("quality/songplays_have_time.sql"),
    Check("quality/songplays_song_with_artist.sql"),
    Check("quality/songplays_match_staging.sql"),
    Check("quality/songplays_level.sql"),
    Check("quality/users_unique.sql"),
    Check("quality/users_level.sql"),
    Check("quality/plays_after_registration.sql"),
]

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
        table="staging_events",
        outlets=[table_asset("staging_events")],
        columns=EVENT_COLUMNS,
        key_columns=("session_id", "item_in_session"),
        key_owner="user_id",
        bucket=SOURCE_BUCKET,
        key="log_data/%Y/%m/%Y-%m-%d-events.json",
        contract="events.json",
        partition="day",
        event_time="ts",
        json=f"s3://{SOURCE_BUCKET}/log_json_path.json",
        copy_options=[
            "TIMEFORMAT 'epochmillisecs'",
            "EMPTYASNULL",
            "COMPUPDATE OFF",
            "STATUPDATE OFF",
        ],
        work_bucket=WORK_BUCKET,
        max_rejected_share=0.1,
    )
    stage_songs = StageToRedshiftOperator(
        task_id="stage_songs",
        table="staging_songs",
        outlets=[table_asset("staging_songs")],
        columns=SONG_COLUMNS,
        key_columns=("song_id",),
        bucket=SOURCE_BUCKET,
        key="song_data/",
        contract="songs.json",
        json="auto",
        copy_options=["EMPTYASNULL", "COMPUPDATE OFF", "STATUPDATE OFF"],
        work_bucket=WORK_BUCKET,
        max_rejected_share=0.1,
        execution_timeout=timedelta(hours=6),  # the first load reads 385,000 objects
    )
    load_users = LoadDimensionOperator(
        task_id="load_users",
        table="users",
        outlets=[table_asset("users")],
        select="load/users.sql",
        key=("user_id",),
        newest_by="last_play_at",
    )
    load_time = LoadDimensionOperator(
        task_id="load_time",
        table="time",
        outlets=[table_asset("time")],
        select="load/time.sql",
        key=("start_time",),
        mode="window",
        newest_by="start_time",
    )
    load_songs = LoadDimensionOperator(
        task_id="load_songs",
        table="songs",
        outlets=[table_asset("songs")],
        select="load/songs.sql",
        key=("song_id",),
        source_table="staging_songs",
    )
    load_artists = LoadDimensionOperator(
        task_id="load_artists",
        table="artists",
        outlets=[table_asset("artists")],
        select="load/artists.sql",
        key=("artist_id",),
        source_table="staging_songs",
    )
    load_songplays = LoadFactOperator(
        task_id="load_songplays",
        table="songplays",
        outlets=[table_asset("songplays")],
        select="load/songplays.sql",
        event_time="start_time",
        late_update="load/songplays_late_songs.sql",
        late_source="staging_songs",
        # Songs may have changed although no file of events has come.
        trigger_rule="none_failed",
    )
    check_quality = DataQualityOperator(
        task_id="check_quality",
        checks=CHECKS,
    )

    stage_events >> [load_users, load_time]
    stage_songs >> [load_songs, load_artists]
    [load_users, load_time, load_songs, load_artists] >> load_songplays >> check_quality
