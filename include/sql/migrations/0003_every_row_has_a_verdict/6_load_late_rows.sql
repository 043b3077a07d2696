-- Grain: one hour that one load found out of date, though it had been loaded
-- before: the files of its day have changed since. Each load of a day looks at
-- all of its hours, so only what the newest one found still holds.
create table if not exists load_late_rows (
    load_id bigint not null, -- the load that found it; see load_ledger
    table_name varchar(128) not null, -- staging table that lacks the rows
    object_key varchar(1100) not null, -- address of the day's file, or of
    -- several and *
    hour_start timestamp not null, -- start of the hour, in UTC
    rows_late bigint not null, -- rows of the files that the staging table lacks
    rows_gone bigint not null, -- rows of the staging table that the files no
    -- longer have
    run_id varchar(256), -- run of Airflow that found it
    found_at timestamp -- in UTC
)
diststyle all
sortkey (load_id);
