-- Grain: one object in one load. What was loaded from which object, and when.
-- object_key = its address: a bucket's name, of 63 bytes, and a key, of 1,024.
-- load_id numbers the loads of one table, in the order of their commits.
-- lines_read = lines of the object, blank ones too, as SYS_LOAD_DETAIL says.
-- rows_read = rows_staged, the rows of it in the window, + rows_outside, those
-- in other hours, + rows_rejected, those in load_errors; null where one COPY
-- read several objects and cannot say. window_start and window_end = the part
-- of the run's window that the object's partition has. An etag of null: the
-- object was gone.
create table if not exists load_ledger (
    load_id bigint not null,
    table_name varchar(128) not null,
    object_key varchar(1100) not null,
    etag varchar(128),
    size_bytes bigint,
    lines_read bigint,
    rows_read bigint,
    rows_staged bigint,
    rows_outside bigint,
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
