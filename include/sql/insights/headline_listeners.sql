-- How many listen, how often, and how many begin to pay?
-- Grain: the whole period, one row. A listener is new if their first play is in
-- the period; over all time, every listener is new.
-- stickiness = the listeners of a day with plays, on average, as a share of
-- the period's. median_minutes is that of a session, from its first event to
-- its last. upgrades = events of the page Submit Upgrade.
{% from "macros.jinja" import asked_for, first_plays, share %}
with

first_plays as (

    {{ first_plays() }}

),

days as (

    select
        user_id,
        cast(start_time as date) as day
    from songplays
    where {{ asked_for("songplays") }}
    group by user_id, cast(start_time as date)

),

plays as (

    select
        count(distinct days.user_id) as listeners,
        count(distinct case
            when first_plays.first_play_at >= %(period_start)s
                then days.user_id
        end) as new_listeners,
        count(*) as listener_days,
        count(distinct days.day) as days
    from days
    inner join first_plays on days.user_id = first_plays.user_id

),

sessions as (

    select
        datediff(second, min(start_time), max(start_time)) / 60.0 as minutes,
        sum(case when page = 'Submit Upgrade' then 1 else 0 end) as upgrades
    from page_views
    where
        {{ asked_for("page_views") }}
        and user_id is not null
    group by session_id, user_id

),

visits as (

    select
        cast(median(minutes) as decimal(18, 1)) as median_minutes,
        sum(upgrades) as upgrades
    from sessions

)

select
    plays.listeners,
    plays.new_listeners,
    {{ share("plays.listener_days", "plays.days * plays.listeners") }}
        as stickiness,
    visits.median_minutes,
    coalesce(visits.upgrades, 0) as upgrades
from plays
cross join visits
