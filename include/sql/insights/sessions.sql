-- Which sessions are the longest?
-- Grain: one session, as the app counts them, of somebody logged in. minutes =
-- from the first event while logged in to the last one, to a tenth.
--
-- DATEDIFF counts the seconds that begin in between (r_DATEDIFF_function).
{% from "macros.jinja" import asked_for, is_play %}
select
    session_id,
    user_id,
    min(start_time) as started_at,
    cast(
        datediff(second, min(start_time), max(start_time)) / 60.0
        as decimal(18, 1)
    ) as minutes,
    sum(case when {{ is_play("page_views") }} then 1 else 0 end) as plays,
    count(*) as views
from page_views
where
    {{ asked_for("page_views") }}
    and user_id is not null
group by session_id, user_id
order by minutes desc, started_at asc, session_id asc
