-- How long do people stay, and how much do they play meanwhile?
-- Grain: one session with a play in the period. minutes = from the start of its
-- first song to the start of its last, within the period, to a tenth. DATEDIFF
-- counts the seconds that begin in between (r_DATEDIFF_function).
select
    session_id,
    user_id,
    min(start_time) as started_at,
    round(
        datediff(second, min(start_time), max(start_time)) / 60.0, 1
    ) as minutes,
    count(*) as plays
from songplays
where
    start_time >= %(period_start)s
    and start_time < %(period_end)s
group by session_id, user_id
order by started_at asc, session_id asc
