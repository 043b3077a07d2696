-- How many people listen in a day, a week and a month?
-- Grain: one day, in UTC, with a play. weekly and monthly = those who played on
-- the day or the 6 or 29 days before it. stickiness = daily / monthly.
--
-- A listener comes on a day with a play, and goes 7 or 30 days later, unless
-- there is another play before. Running sums of who comes and who goes give the
-- numbers without a join of all days with all days.
{% from "macros.jinja" import chosen, share %}
with

active as (

    select
        user_id,
        cast(start_time as date) as day
    from songplays
    where
        start_time
        >= cast(%(period_start)s as timestamp) - interval '30 days'
        and start_time < %(period_end)s
        and user_id is not null
        and {{ chosen("songplays") }}
    group by user_id, cast(start_time as date)

),

gaps as (

    select
        day,
        coalesce(
            datediff(
                day,
                lag(day) over (
                    partition by user_id
                    order by day
                ),
                day
            ),
            10000
        ) as days_since,
        coalesce(
            datediff(
                day,
                day,
                lead(day) over (
                    partition by user_id
                    order by day
                )
            ),
            10000
        ) as days_until
    from active

),

changes as (

    select
        day,
        1 as daily,
        case when days_since >= 7 then 1 else 0 end as weekly,
        case when days_since >= 30 then 1 else 0 end as monthly
    from gaps
    union all
    select
        cast(dateadd(day, 7, day) as date) as day,
        0 as daily,
        -1 as weekly,
        0 as monthly
    from gaps
    where days_until >= 7
    union all
    select
        cast(dateadd(day, 30, day) as date) as day,
        0 as daily,
        0 as weekly,
        -1 as monthly
    from gaps
    where days_until >= 30

),

changes_by_day as (

    select
        day,
        sum(daily) as daily,
        sum(weekly) as weekly,
        sum(monthly) as monthly
    from changes
    group by day

),

running as (

    select
        day,
        daily,
        sum(weekly) over (
            order by day
            rows unbounded preceding
        ) as weekly,
        sum(monthly) over (
            order by day
            rows unbounded preceding
        ) as monthly
    from changes_by_day

)

select
    day,
    daily,
    weekly,
    monthly,
    {{ share("daily", "monthly") }} as stickiness
from running
where
    daily > 0
    and day >= cast(%(period_start)s as timestamp)
order by day asc
