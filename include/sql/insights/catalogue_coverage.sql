-- How much of what is played is in the catalogue, day by day?
-- Grain: one day, in UTC, with a play. share = matched_plays / plays.
-- repaired_matches are the plays that match a song only after their
-- damaged names have been repaired; matched_plays does not count them.
{% from "macros.jinja" import asked_for, share %}
with

plays as (

    {% include "views/plays.sql" %}

)

select
    cast(start_time as date) as day,
    count(*) as plays,
    sum(case when matched_by = 'exact' then 1 else 0 end) as matched_plays,
    {{ share("sum(case when matched_by = 'exact' then 1 else 0 end)",
             "count(*)") }} as share,
    sum(case when matched_by = 'repaired' then 1 else 0 end)
        as repaired_matches
from plays
where {{ asked_for("plays") }}
group by cast(start_time as date)
order by day asc
