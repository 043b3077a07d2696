-- No row of what this run read was rejected.
-- severity: warning
-- means: rows of these objects are not in the warehouse.
-- to do: mend the lines in S3 and clear the staging task, or let them be.
select
    table_name,
    object_key,
    line_number,
    column_name,
    reason,
    raw_text
from load_errors
where run_id = %(run_id)s
