-- How much was played, by whom, and how much of it is in the catalogue?
-- Grain: the whole period, one row.
select
    count(*) as plays,
    count(distinct user_id) as listeners,
    count(distinct session_id) as sessions,
    count(song_id) as matched_plays,
    sum(case when level = 'paid' then 1 else 0 end) as paid_plays
from songplays
where
    start_time >= %(period_start)s
    and start_time < %(period_end)s
