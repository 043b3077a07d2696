-- Grain: one row of an object that was not loaded, and why. raw_text is the
-- line as it stands in the object, cut to the column's length.
create table if not exists load_errors (
    load_id bigint not null,
    table_name varchar(128) not null,
    object_key varchar(1100) not null,
    line_number bigint,
    column_name varchar(128),
    error_code integer,
    reason varchar(512),
    raw_text varchar(4096),
    run_id varchar(256),
    rejected_at timestamp
)
diststyle even
sortkey (load_id);
