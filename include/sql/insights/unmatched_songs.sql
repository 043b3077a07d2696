-- Which of the songs played does the catalogue lack?
-- Grain: one song, by title and artist, of which no play matches the catalogue,
-- not even with repaired names.
{% from "macros.jinja" import asked_for %}
with

plays as (

    {% include "views/plays.sql" %}

)

select
    song as title,
    artist,
    count(*) as plays,
    count(distinct user_id) as listeners
from plays
where
    {{ asked_for("plays") }}
    and song is not null
group by song, artist
having count(matched_by) = 0
order by plays desc, title asc, artist asc
