-- Grain: one state of a folder of objects, all of which is loaded. A listing
-- with the same fingerprint has nothing new in it.
create table if not exists load_listings (
    load_id bigint not null, -- the load; see load_ledger
    table_name varchar(128) not null, -- staging table that was loaded
    source varchar(1100) not null, -- address of the folder
    fingerprint char(64) not null, -- SHA-256 of all keys and ETags below the
    -- folder
    objects bigint not null, -- objects below the folder, without the ignored
    -- ones
    voids_rows boolean not null, -- true: rows that were there before may be
    -- gone or changed, because an object had changed or was gone, or a new one
    -- had a key that was there
    run_id varchar(256), -- run of Airflow that loaded
    listed_at timestamp -- in UTC
)
diststyle all
sortkey (load_id);
