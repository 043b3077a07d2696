-- How long do people stay?
-- Grain: one step of length. A session is what the app counts as one; a visit
-- ends after 30 minutes without an event. Both last from the first event while
-- logged in to the last one.
{% from "macros.jinja" import asked_for %}
{% macro step(minutes) -%}
case
    when {{ minutes }} < 1 then 0
    when {{ minutes }} < 5 then 1
    when {{ minutes }} < 15 then 5
    when {{ minutes }} < 30 then 15
    when {{ minutes }} < 60 then 30
    when {{ minutes }} < 120 then 60
    when {{ minutes }} < 240 then 120
    else 240
end
{%- endmacro %}
with

steps as (

    {% for minutes, name in [(0, "under 1"), (1, "1 to 5"), (5, "5 to 15"),
        (15, "15 to 30"), (30, "30 to 60"), (60, "60 to 120"),
        (120, "120 to 240"), (240, "240 and more")] %}
    select
        {{ minutes }} as minutes_from,
        cast('{{ name }}' as varchar(16)) as minutes
    {{ "union all" if not loop.last }}
    {% endfor %}

),

events as (

    select
        user_id,
        session_id,
        start_time,
        item_in_session,
        lag(start_time) over (
            partition by user_id
            order by start_time, session_id, item_in_session
        ) as event_before
    from page_views
    where
        {{ asked_for("page_views") }}
        and user_id is not null

),

numbered as (

    select
        user_id,
        session_id,
        start_time,
        sum(
            case
                when event_before >= start_time - interval '30 minutes' then 0
                else 1
            end
        ) over (
            partition by user_id
            order by start_time, session_id, item_in_session
            rows unbounded preceding
        ) as visit
    from events

),

session_minutes as (

    select datediff(second, min(start_time), max(start_time)) / 60.0 as minutes
    from numbered
    group by user_id, session_id

),

visit_minutes as (

    select datediff(second, min(start_time), max(start_time)) / 60.0 as minutes
    from numbered
    group by user_id, visit

),

counted as (

    select
        {{ step("minutes") }} as minutes_from,
        1 as sessions,
        0 as visits
    from session_minutes
    union all
    select
        {{ step("minutes") }} as minutes_from,
        0 as sessions,
        1 as visits
    from visit_minutes

)

select
    steps.minutes_from,
    steps.minutes,
    coalesce(sum(counted.sessions), 0) as sessions,
    coalesce(sum(counted.visits), 0) as visits
from steps
left join counted on steps.minutes_from = counted.minutes_from
group by steps.minutes_from, steps.minutes
order by steps.minutes_from asc
