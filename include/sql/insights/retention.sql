-- How many listeners come back in the weeks after their first?
-- Grain: one week of the listeners whose first play was in one week of the
-- period. Weeks begin on Monday, in UTC; week_number 0 is the first. The last
-- week may not be over yet. In the first week of the log, everyone is new.
{% from "macros.jinja" import chosen, share %}
with

weeks as (

    select
        user_id,
        cast(date_trunc('week', start_time) as date) as week,
        min(start_time) as first_play_at
    from songplays
    where
        start_time < %(period_end)s
        and user_id is not null
        and {{ chosen("songplays") }}
    group by user_id, cast(date_trunc('week', start_time) as date)

),

cohorts as (

    select
        user_id,
        min(week) as cohort_week
    from weeks
    group by user_id
    having min(first_play_at) >= %(period_start)s

),

sizes as (

    select
        cohort_week,
        count(*) as cohort_listeners
    from cohorts
    group by cohort_week

)

select
    cohorts.cohort_week,
    sizes.cohort_listeners,
    datediff(day, cohorts.cohort_week, weeks.week) / 7 as week_number,
    count(*) as listeners,
    {{ share("count(*)", "sizes.cohort_listeners") }} as share
from cohorts
inner join weeks on cohorts.user_id = weeks.user_id
inner join sizes on cohorts.cohort_week = sizes.cohort_week
group by cohorts.cohort_week, sizes.cohort_listeners, weeks.week
order by cohorts.cohort_week asc, week_number asc
