-- Who listens more, those who pay or those who do not?
-- Grain: one level, free or paid, as it was at the moment of the play.
{% from "macros.jinja" import asked_for, hours %}
select
    level,
    count(*) as plays,
    count(song_id) as matched_plays,
    count(distinct user_id) as listeners,
    {{ hours("length") }} as hours
from songplays
where {{ asked_for("songplays") }}
group by level
order by plays desc, level asc
