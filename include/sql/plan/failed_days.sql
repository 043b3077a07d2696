-- Days of the span over which a run of sparkify_catch_up failed.
select distinct window_start
from quality_results
where
    run_id like %(run_ids)s
    and status = 'failed'
    and window_start >= %(window_start)s
    and window_start < %(window_end)s
