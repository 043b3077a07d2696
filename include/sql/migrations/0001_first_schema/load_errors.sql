-- Grain: one row of an object that was not loaded, and why, in one load.
create table if not exists load_errors (
    load_id bigint not null, -- the load; see load_ledger
    table_name varchar(128) not null, -- staging table that was loaded
    object_key varchar(1100) not null, -- address of the object; it ends with *
    -- where one of several objects has the row
    line_number bigint, -- line in the object, from 1; null: not known
    column_name varchar(128), -- column at fault, or the columns of the key
    error_code integer, -- COPY's code; null: COPY took the row
    reason varchar(512), -- why the row was not loaded
    raw_text varchar(4096), -- the line as it stands in the object, or the row
    -- as JSON where COPY took it; cut to the column's length, and empty once it
    -- was deleted
    run_id varchar(256), -- run of Airflow that loaded
    rejected_at timestamp -- in UTC
)
diststyle even
sortkey (load_id);
