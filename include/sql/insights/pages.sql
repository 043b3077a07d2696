-- Which pages are used, and where do errors happen?
-- Grain: one page, as the app names it. Views without a log-in count, too;
-- listeners are those who were logged in. errors = events with a status of 400
-- and above. share is that of the views.
{% from "macros.jinja" import asked_for, share %}
select
    page,
    count(*) as views,
    {{ share("count(*)", "sum(count(*)) over ()") }} as share,
    count(distinct user_id) as listeners,
    count(distinct session_id) as sessions,
    sum(case when status >= 400 then 1 else 0 end) as errors
from page_views
where {{ asked_for("page_views") }}
group by page
order by views desc, page asc
