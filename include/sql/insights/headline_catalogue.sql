-- How much of what is played is in the catalogue?
-- Grain: the whole period, one row. songs and artists are those played. A play
-- matches a song if title, artist and length are equal. repaired_matches are
-- the plays that match one only after their damaged names have been repaired;
-- matched_plays does not count them.
{% from "macros.jinja" import asked_for %}
with

plays as (

    {% include "views/plays.sql" %}

)

select
    count(*) as plays,
    count(distinct song || ' / ' || artist) as songs,
    count(distinct artist) as artists,
    sum(case when matched_by = 'exact' then 1 else 0 end) as matched_plays,
    sum(case when matched_by = 'repaired' then 1 else 0 end)
        as repaired_matches
from plays
where {{ asked_for("plays") }}
