-- When do people listen?
-- Grain: one hour of the day on one day of the week, in UTC; weekday 0 is
-- Sunday. An hour without a play has no row.
{% from "macros.jinja" import asked_for %}
select
    time.weekday,
    time.hour,
    count(*) as plays,
    count(distinct songplays.user_id) as listeners
from songplays
inner join time on songplays.start_time = time.start_time
where {{ asked_for("songplays") }}
group by time.weekday, time.hour
order by time.weekday asc, time.hour asc
