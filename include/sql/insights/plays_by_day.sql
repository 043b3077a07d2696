-- How does listening change over time, by level?
-- Grain: one level on one day, in UTC. A day without a play has no row. hours =
-- the length of the songs played.
{% from "macros.jinja" import asked_for, hours %}
select
    cast(start_time as date) as day,
    level,
    count(*) as plays,
    count(distinct user_id) as listeners,
    {{ hours("length") }} as hours
from songplays
where {{ asked_for("songplays") }}
group by cast(start_time as date), level
order by day asc, level asc
