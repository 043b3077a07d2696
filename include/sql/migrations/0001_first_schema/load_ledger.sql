-- Grain: one object in one load: what was loaded from which object, and when.
-- Where one COPY read several objects, a row of its own has their counts. A row
-- without etag says that the object was gone.
create table if not exists load_ledger (
    load_id bigint not null, -- number of the load among those of the table, in
    -- the order of their commits
    table_name varchar(128) not null, -- staging table that was loaded
    object_key varchar(1100) not null, -- address, s3://bucket/key; of several
    -- objects, what their addresses have in common and *
    etag varchar(128), -- S3's version of the content; null: the object was
    -- gone, or the row is about several objects
    size_bytes bigint, -- size of the object; null where etag is
    lines_read bigint, -- lines of the object that COPY read, blank ones too;
    -- null: not known
    rows_read bigint, -- rows that COPY read, the sum of the six counts by
    -- verdict; null: the counts are in the row of several objects, or the
    -- object was ignored or gone
    rows_staged bigint, -- rows kept; null as rows_read
    rows_outside bigint, -- rows of hours outside of the run's window; null as
    -- rows_read
    rows_rejected bigint, -- rows that COPY refused, see load_errors; null as
    -- rows_read
    window_start timestamp, -- start of the part of the run's window that the
    -- object's partition has, in UTC; null: the source has no partitions
    window_end timestamp, -- its end, exclusive, in UTC
    dag_id varchar(256), -- DAG that loaded
    run_id varchar(256), -- run of Airflow that loaded
    task_id varchar(256), -- task that loaded
    loaded_at timestamp -- in UTC
)
diststyle even
compound sortkey (table_name, load_id);
