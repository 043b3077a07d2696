-- Grain: one object in one load. What was loaded from which object, and when.
-- load_id numbers the loads of one table, in the order of their commits.
-- rows_read = lines of the object; rows_staged = rows of it in the window,
-- before one of each repeated key was taken; rows_rejected = rows of it in
-- load_errors. Null where one COPY read several objects and cannot say.
create table if not exists load_ledger (
    load_id bigint not null,
    table_name varchar(128) not null,
    object_key varchar(1024) not null,
    etag varchar(128),
    size_bytes bigint,
    rows_read bigint,
    rows_staged bigint,
    rows_rejected bigint,
    window_start timestamp,
    window_end timestamp,
    dag_id varchar(256),
    run_id varchar(256),
    task_id varchar(256),
    loaded_at timestamp
)
diststyle even
compound sortkey (table_name, load_id);
