-- Each line of the objects that this run loaded last is a row. No line is
-- blank.
-- severity: warning
-- means: the object has blank lines, or records that COPY skipped silently.
-- to do: compare the object's lines with the table.
{% from "macros.jinja" import last_load_of_run %}
select
    object_key,
    lines_read,
    rows_read
from load_ledger
where
    table_name = '{{ table }}'
    and load_id = {{ last_load_of_run(table) }}
    and ignored_by is null
    and lines_read <> rows_read
