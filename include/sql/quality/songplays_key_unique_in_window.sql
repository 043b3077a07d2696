-- No play of the window shares its songplay_id with another play within a month
-- before or after. Redshift does not enforce keys, and the whole table would be
-- too much for an hourly run; audit/duplicate_plays.sql checks all of it. A
-- corrected file can move a play, so two kinds of plays do not count. First,
-- plays in an hour that is out of date and must be loaded again (see
-- late_events). Second, plays that staging no longer has, while the run that
-- staged their hour last has not checked it yet.
-- severity: error
-- means: files of two days have plays with the same key, or somebody wrote to
--   songplays by hand.
-- to do: load the windows of first_at and last_at again. If the copies stay,
--   correct the wrong file.
{% from "macros.jinja" import hours_out_of_date, is_play, songplay_id %}
with

rows_of_key as (

    select
        plays.songplay_id,
        plays.start_time
    from (

        select distinct songplay_id
        from songplays
        where
            start_time >= %(window_start)s
            and start_time < %(window_end)s

    ) as keys_of_window
    inner join songplays as plays
        on
            keys_of_window.songplay_id = plays.songplay_id
            and plays.start_time
            >= cast(%(window_start)s as timestamp) - interval '31 days'
            and plays.start_time
            < cast(%(window_end)s as timestamp) + interval '31 days'

),

repeated as (

    select songplay_id
    from rows_of_key
    group by songplay_id
    having count(*) > 1

),

copies as (

    select
        rows_of_key.songplay_id,
        rows_of_key.start_time
    from rows_of_key
    inner join repeated
        on rows_of_key.songplay_id = repeated.songplay_id

),

staged as (

    select distinct
        copies.songplay_id,
        copies.start_time
    from copies
    inner join staging_events as events
        on
            copies.start_time = events.ts
            and copies.songplay_id = {{ songplay_id("events") }}
    where {{ is_play("events") }}

),

out_of_date as (

    {{ hours_out_of_date("staging_events") }}

),

last_loads as (

    select
        copies.start_time,
        max(ledger.load_id) as load_id
    from copies
    inner join load_ledger as ledger
        on
            ledger.table_name = 'staging_events'
            and ledger.ignored_by is null
            and copies.start_time >= ledger.window_start
            and copies.start_time < ledger.window_end
    group by copies.start_time

),

not_checked_yet as (

    select distinct last_loads.start_time
    from last_loads
    inner join load_ledger as ledger
        on last_loads.load_id = ledger.load_id
    left join quality_results as results
        on
            ledger.run_id = results.run_id
            and results.check_name = 'songplays_key_unique_in_window'
            and ledger.loaded_at <= results.checked_at
    where
        ledger.table_name = 'staging_events'
        and ledger.run_id <> %(run_id)s
        and results.run_id is null

)

select
    copies.songplay_id,
    count(*) as copies,
    min(copies.start_time) as first_at,
    max(copies.start_time) as last_at
from copies
left join staged
    on
        copies.songplay_id = staged.songplay_id
        and copies.start_time = staged.start_time
left join out_of_date
    on
        copies.start_time >= out_of_date.hour_start
        and copies.start_time < out_of_date.hour_start + interval '1 hour'
left join not_checked_yet
    on copies.start_time = not_checked_yet.start_time
where
    out_of_date.hour_start is null
    and (
        staged.songplay_id is not null
        or not_checked_yet.start_time is null
    )
group by copies.songplay_id
having count(*) > 1
