-- For each object that this run loaded last, rows read = rows staged + outside
-- of the window + rejected + misplaced + copies. Objects that one COPY read
-- together have one row in load_ledger, whose key ends in *.
-- severity: error
-- means: rows were lost between COPY and the staging table. This is a bug.
-- to do: keep the object, and report it with its row of load_ledger.
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
    ledger.table_name,
    ledger.object_key,
    ledger.rows_read,
    ledger.rows_staged,
    ledger.rows_outside,
    ledger.rows_rejected,
    ledger.rows_misplaced,
    ledger.rows_identical,
    ledger.rows_conflicting
from load_ledger as ledger
inner join last_loads
    on
        ledger.table_name = last_loads.table_name
        and ledger.load_id = last_loads.load_id
where
    ledger.ignored_by is null
    and ledger.rows_read
    <> coalesce(ledger.rows_staged, 0)
    + coalesce(ledger.rows_outside, 0)
    + coalesce(ledger.rows_rejected, 0)
    + coalesce(ledger.rows_misplaced, 0)
    + coalesce(ledger.rows_identical, 0)
    + coalesce(ledger.rows_conflicting, 0)
