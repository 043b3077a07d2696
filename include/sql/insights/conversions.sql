-- When do listeners begin to pay, and after how many plays?
-- Grain: one change of a listener from free to paid, at their first play as
-- paid after one as free. A listener who goes back and forth has several.
--
-- The filter by level does not apply here: plays of both levels are compared.
with

numbered as (

    select
        user_id,
        start_time,
        level,
        location,
        lag(level) over (
            partition by user_id
            order by start_time, songplay_id
        ) as level_before,
        row_number() over (
            partition by user_id
            order by start_time, songplay_id
        ) - 1 as plays_before
    from songplays
    where
        start_time < %(period_end)s
        and user_id is not null

)

select
    user_id,
    start_time as converted_at,
    plays_before
from numbered
where
    level = 'paid'
    and level_before = 'free'
    and start_time >= %(period_start)s
    and %(location)s in ('', location)
order by converted_at asc, user_id asc
