-- Why are rows rejected?
-- Grain: one reason in one column of one table. A row counts once, however many
-- loads read it.
with

rejected as (

    select
        table_name,
        column_name,
        reason,
        object_key,
        line_number,
        raw_text,
        max(rejected_at) as last_at
    from load_errors
    where rejected_at >= %(since)s
    group by
        table_name, column_name, reason, object_key, line_number, raw_text

)

select
    table_name,
    column_name,
    reason,
    count(*) as rejected_rows,
    max(last_at) as last_at
from rejected
group by table_name, column_name, reason
order by rejected_rows desc, table_name asc, column_name asc, reason asc
