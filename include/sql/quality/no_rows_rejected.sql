-- No row that this run loaded last was rejected. The verdict is bad, misplaced
-- (in the file of another day), or conflicting copy (another row has its key).
-- severity: warning
-- means: rows of these objects are not in the warehouse.
-- to do: correct the lines in S3 and clear the staging task, or accept the
--   loss.
with

last_loads as (

    select
        table_name,
        max(load_id) as load_id
    from load_ledger
    where run_id = %(run_id)s
    group by table_name

)

select
    errors.table_name,
    errors.verdict,
    errors.object_key,
    errors.line_number,
    errors.column_name,
    errors.reason,
    errors.raw_text
from load_errors as errors
inner join last_loads
    on
        errors.table_name = last_loads.table_name
        and errors.load_id = last_loads.load_id
