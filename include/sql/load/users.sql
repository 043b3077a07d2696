-- Grain: one user who played in the window, as of their newest play in it.
{% from "macros.jinja" import is_play %}
with

plays as (

    select
        user_id,
        first_name,
        last_name,
        gender,
        level,
        ts,
        row_number() over (
            partition by user_id
            order by ts desc, session_id desc, item_in_session desc
        ) as recency
    from staging_events
    where
        ts >= %(window_start)s
        and ts < %(window_end)s
        and {{ is_play("staging_events") }}
        and user_id is not null

)

select
    user_id,
    first_name,
    last_name,
    gender,
    level,
    ts as last_play_at
from plays
where recency = 1
