-- Grain: one moment at which a song started in the window.
{% from "macros.jinja" import is_play %}
select distinct
    ts as start_time,
    extract(hour from ts) as hour,
    extract(day from ts) as day,
    extract(week from ts) as week,
    extract(month from ts) as month,
    extract(year from ts) as year,
    extract(dow from ts) as weekday
from staging_events
where
    ts >= %(window_start)s
    and ts < %(window_end)s
    and {{ is_play("staging_events") }}
