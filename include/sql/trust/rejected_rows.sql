-- Which rows were rejected last?
-- Grain: one rejected row, with the last time that a load read it.
select
    max(rejected_at) as last_at,
    table_name,
    object_key,
    line_number,
    column_name,
    max(verdict) as verdict,
    reason,
    raw_text
from load_errors
where rejected_at >= %(since)s
group by table_name, object_key, line_number, column_name, reason, raw_text
order by last_at desc, object_key asc, line_number asc
