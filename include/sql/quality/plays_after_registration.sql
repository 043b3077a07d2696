-- No one plays a song before they registered: a clock, or an account, is wrong.
-- severity: warning
-- means: a clock is wrong, or an account was made anew.
-- to do: tell the team of the app; the rows are loaded as they are.
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
