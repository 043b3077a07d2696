-- Which devices, systems and browsers do people use?
-- Grain: one combination of device, operating system and browser, read from the
-- user agent; 'other' is one that is not recognised. share is that of the views
-- with a user agent.
{% from "macros.jinja" import asked_for, share %}
select
    device,
    operating_system,
    browser,
    count(distinct user_id) as listeners,
    count(*) as views,
    {{ share("count(*)", "sum(count(*)) over ()") }} as share
from page_views
where
    {{ asked_for("page_views") }}
    and user_agent is not null
group by device, operating_system, browser
order by views desc, device asc, operating_system asc, browser asc
