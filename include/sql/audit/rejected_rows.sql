-- Rows that were not loaded, where they stand and why: the newest first. A row
-- that several runs met is there once, with the last of them.
select
    max(rejected_at) as last_rejected_at,
    count(*) as times,
    table_name,
    object_key,
    line_number,
    column_name,
    reason,
    raw_text,
    max(run_id) as run_id
from load_errors
group by
    table_name, object_key, line_number, column_name, reason, raw_text
order by
    last_rejected_at desc,
    table_name asc,
    object_key asc,
    line_number asc
limit 200
