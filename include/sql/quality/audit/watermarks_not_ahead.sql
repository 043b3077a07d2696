-- No table claims to have seen a load that its source table has not had.
-- severity: error
-- means: somebody wrote to load_watermarks or load_ledger by hand. The table
--   would pass over the next loads of its source.
-- to do: load the table again by the DAG sparkify_repair, without a window. It
--   deletes the rows of load_watermarks that are too high.
select
    marks.table_name,
    marks.source_table,
    marks.load_id,
    coalesce(max(ledger.load_id), 0) as last_load
from load_watermarks as marks
left join load_ledger as ledger
    on marks.source_table = ledger.table_name
group by marks.table_name, marks.source_table, marks.load_id
having marks.load_id > coalesce(max(ledger.load_id), 0)
