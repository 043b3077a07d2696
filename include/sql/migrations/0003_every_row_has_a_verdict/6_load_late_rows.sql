-- Grain: one hour that one load found out of date, though it had been loaded
-- before: the files of its day have changed since. rows_late = rows of the
-- files that the staging table lacks; rows_gone = rows of the staging table
-- that the files no longer have. object_key names the files. Each load of a day
-- looks at all of its hours: only what the newest one found still holds.
create table if not exists load_late_rows (
    load_id bigint not null,
    table_name varchar(128) not null,
    object_key varchar(1100) not null,
    hour_start timestamp not null,
    rows_late bigint not null,
    rows_gone bigint not null,
    run_id varchar(256),
    found_at timestamp
)
diststyle all
sortkey (load_id);
