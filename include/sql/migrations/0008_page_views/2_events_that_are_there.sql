-- Events that were loaded before.
{% from "macros.jinja" import browser, device, operating_system, songplay_id %}
insert into page_views (
    page_view_id,
    start_time,
    user_id,
    session_id,
    item_in_session,
    page,
    method,
    status,
    auth,
    level,
    location,
    user_agent,
    device,
    operating_system,
    browser
)
select
    {{ songplay_id("events") }} as page_view_id,
    events.ts,
    events.user_id,
    events.session_id,
    events.item_in_session,
    events.page,
    events.method,
    events.status,
    events.auth,
    events.level,
    events.location,
    events.user_agent,
    {{ device("events.user_agent") }} as device,
    {{ operating_system("events.user_agent") }} as operating_system,
    {{ browser("events.user_agent") }} as browser
from staging_events as events
