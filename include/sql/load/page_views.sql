-- Grain: one event of the window, whether a song is played or not.
{% from "macros.jinja" import browser, device, operating_system, songplay_id %}
select
    {{ songplay_id("events") }} as page_view_id,
    events.ts as start_time,
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
where
    events.ts >= %(window_start)s
    and events.ts < %(window_end)s
