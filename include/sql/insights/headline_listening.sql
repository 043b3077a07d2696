-- How much is played, for how long, and by how many?
-- Grain: the whole period, one row. hours = the length of the songs played.
-- sessions are those with a play.
{% from "macros.jinja" import asked_for, hours %}
select
    count(*) as plays,
    {{ hours("length") }} as hours,
    count(distinct user_id) as listeners,
    count(distinct session_id) as sessions,
    sum(case when level = 'paid' then 1 else 0 end) as paid_plays
from songplays
where {{ asked_for("songplays") }}
