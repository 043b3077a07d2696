-- No hour of the files that this run staged last is out of date. If another run
-- has staged hours of the same day since then, that run reports them instead.
-- severity: warning
-- means: a day's file has changed since these hours were loaded. rows_late are
--   not in the warehouse yet; rows_gone are no longer in the file.
-- to do: nothing if the day is one of the last 35: sparkify_catch_up loads it
--   at night. To have it at once, or for an older day, trigger that DAG.
{% from "macros.jinja" import last_load_of_run %}
select
    late.hour_start,
    late.rows_late,
    late.rows_gone,
    late.object_key
from load_late_rows as late
left join load_ledger as reloaded
    on
        reloaded.table_name = '{{ table }}'
        and reloaded.ignored_by is null
        and late.load_id < reloaded.load_id
        and date_trunc('day', late.hour_start)
        = date_trunc('day', reloaded.window_start)
where
    late.table_name = '{{ table }}'
    and reloaded.load_id is null
    and late.load_id = {{ last_load_of_run(table) }}
