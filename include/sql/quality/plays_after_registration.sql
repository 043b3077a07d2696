-- Nobody plays a song before they registered.
-- severity: warning
-- means: a clock is wrong, or an account was created again.
-- to do: tell the team of the app. The rows are loaded as they are.
{% from "macros.jinja" import is_play %}
select
    user_id,
    session_id,
    item_in_session,
    ts,
    registration
from staging_events
where
    ts >= %(window_start)s
    and ts < %(window_end)s
    and {{ is_play("staging_events") }}
    and registration > cast(extract(epoch from ts) as bigint) * 1000 + 999
