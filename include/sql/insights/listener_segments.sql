-- How many listen often, and how many only at weekends?
-- Grain: one segment of listeners, by the days of a week on which they play, on
-- average from the period's first play to its last, or over a week if that is
-- longer: power, 3 and more; regular, 1 and more; rare, fewer.
-- weekend_listeners make more than half of their plays on Saturdays and
-- Sundays, in UTC.
{% from "macros.jinja" import asked_for, hours %}
with

days as (

    select
        user_id,
        cast(start_time as date) as day,
        count(*) as plays,
        coalesce(sum(length), 0) as seconds
    from songplays
    where
        {{ asked_for("songplays") }}
        and user_id is not null
    group by user_id, cast(start_time as date)

),

span as (

    select
        case
            when datediff(day, min(day), max(day)) < 6 then 1.0
            else (datediff(day, min(day), max(day)) + 1) / 7.0
        end as weeks
    from days

),

listeners as (

    select
        user_id,
        count(*) as days,
        sum(plays) as plays,
        sum(seconds) as seconds,
        sum(
            case when extract(dow from day) in (0, 6) then plays else 0 end
        ) as weekend_plays
    from days
    group by user_id

),

placed as (

    select
        listeners.plays,
        listeners.seconds,
        case
            when listeners.days >= 3 * span.weeks then 'power'
            when listeners.days >= span.weeks then 'regular'
            else 'rare'
        end as segment,
        case
            when 2 * listeners.weekend_plays > listeners.plays then 1
            else 0
        end as weekend_listener
    from listeners
    cross join span

)

select
    segment,
    count(*) as listeners,
    sum(weekend_listener) as weekend_listeners,
    sum(plays) as plays,
    {{ hours("seconds") }} as hours
from placed
group by segment
order by plays desc, segment asc
