-- Do new people come, and do they come back?
-- Grain: one day, in UTC, with a play. A listener is new on the day of their
-- very first play, and returning on every later day.
{% from "macros.jinja" import asked_for, first_plays %}
with

first_plays as (

    {{ first_plays() }}

),

played as (

    select distinct
        cast(start_time as date) as day,
        user_id
    from songplays
    where {{ asked_for("songplays") }}

)

select
    played.day,
    sum(
        case
            when cast(first_plays.first_play_at as date) = played.day then 1
            else 0
        end
    ) as new_listeners,
    sum(
        case
            when cast(first_plays.first_play_at as date) < played.day then 1
            else 0
        end
    ) as returning_listeners
from played
inner join first_plays on played.user_id = first_plays.user_id
group by played.day
order by played.day asc
