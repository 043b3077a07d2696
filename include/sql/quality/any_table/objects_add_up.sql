-- For each object of the run's last load, rows read = rows staged + outside of
-- the window + rejected + misplaced + copies. Objects that one COPY read
-- together have one row in load_ledger, whose key ends in *.
-- severity: error
-- means: rows were lost between COPY and the staging table. This is a bug.
-- to do: keep the object, and report it with its row of load_ledger.
{% from "macros.jinja" import last_load_of_run %}
select
    ledger.object_key,
    ledger.rows_read,
    ledger.rows_staged,
    ledger.rows_outside,
    ledger.rows_rejected,
    ledger.rows_misplaced,
    ledger.rows_identical,
    ledger.rows_conflicting
from load_ledger as ledger
where
    ledger.table_name = '{{ table }}'
    and ledger.load_id = {{ last_load_of_run(table) }}
    and ledger.ignored_by is null
    and ledger.rows_read
    <> coalesce(ledger.rows_staged, 0)
    + coalesce(ledger.rows_outside, 0)
    + coalesce(ledger.rows_rejected, 0)
    + coalesce(ledger.rows_misplaced, 0)
    + coalesce(ledger.rows_identical, 0)
    + coalesce(ledger.rows_conflicting, 0)
