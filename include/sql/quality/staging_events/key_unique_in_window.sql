-- No event of the window shares its key with another event of the window, the
-- day before or the day after. Redshift does not enforce keys; the daily audit
-- looks at the whole table. Events in an hour that is out of date do not count:
-- a corrected file may have moved them, and the hour must be loaded again (see
-- late_events).
-- severity: error
-- means: files of two days have events with the same key.
-- to do: load the windows of first_at and last_at again. If the copies stay,
--   correct the wrong file.
{% from "macros.jinja" import hours_out_of_date %}
with

rows_of_key as (

    select
        events.session_id,
        events.item_in_session,
        events.ts
    from (

        select distinct
            session_id,
            item_in_session
        from staging_events
        where
            ts >= %(window_start)s
            and ts < %(window_end)s

    ) as keys_of_window
    inner join staging_events as events
        on
            keys_of_window.session_id = events.session_id
            and keys_of_window.item_in_session = events.item_in_session
            and events.ts
            >= cast(%(window_start)s as timestamp) - interval '1 day'
            and events.ts
            < cast(%(window_end)s as timestamp) + interval '1 day'

),

out_of_date as (

    {{ hours_out_of_date("staging_events", "1 day") }}

)

select
    rows_of_key.session_id,
    rows_of_key.item_in_session,
    count(*) as copies,
    min(rows_of_key.ts) as first_at,
    max(rows_of_key.ts) as last_at
from rows_of_key
left join out_of_date
    on
        rows_of_key.ts >= out_of_date.hour_start
        and rows_of_key.ts < out_of_date.hour_start + interval '1 hour'
where out_of_date.hour_start is null
group by rows_of_key.session_id, rows_of_key.item_in_session
having count(*) > 1
