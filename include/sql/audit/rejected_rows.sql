-- Rows that were not loaded, where they stand and why: the newest first. A row
-- that several runs met is there once, with the last of them.
with met as (

    select
        rejected_at,
        table_name,
        object_key,
        line_number,
        column_name,
        reason,
        raw_text,
        run_id,
        count(*) over (
            partition by
                table_name, object_key, line_number, column_name, reason,
                raw_text
        ) as times,
        row_number() over (
            partition by
                table_name, object_key, line_number, column_name, reason,
                raw_text
            order by rejected_at desc, run_id desc
        ) as place
    from load_errors

)

select
    rejected_at as last_rejected_at,
    times,
    table_name,
    object_key,
    line_number,
    column_name,
    reason,
    raw_text,
    run_id
from met
where place = 1
order by
    last_rejected_at desc,
    table_name asc,
    object_key asc,
    line_number asc
limit 200
