-- Which rows were rejected last?
-- Grain: one rejected row.
select
    rejected_at,
    table_name,
    object_key,
    line_number,
    column_name,
    reason,
    raw_text
from load_errors
where rejected_at >= %(since)s
order by rejected_at desc, object_key asc, line_number asc
