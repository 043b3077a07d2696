-- Grain: one state of a folder of objects, all of which is loaded. A listing
-- with the same fingerprint has nothing new in it. voids_rows = rows that were
-- there before may be gone or otherwise: an object had changed, or was gone, so
-- that all were read again, or a new one brought a key that was there.
create table if not exists load_listings (
    load_id bigint not null,
    table_name varchar(128) not null,
    source varchar(1100) not null,
    fingerprint char(64) not null,
    objects bigint not null,
    voids_rows boolean not null,
    run_id varchar(256),
    listed_at timestamp
)
diststyle all
sortkey (load_id);
