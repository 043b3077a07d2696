-- For each part of the window, the staging table has as many rows as the last
-- load says. Otherwise a repair would delete rows that staging has lost.
-- severity: error
-- means: rows were deleted from the staging table, or somebody wrote to it or
--   to load_ledger by hand.
-- to do: load these windows again by the DAG sparkify_etl, or choose a window
--   without them.
select *
from (

    {% include "quality/any_table/matches_ledger_at_any_time.sql" %}

) as differing
where
    window_start < %(window_end)s
    and window_end > %(window_start)s
