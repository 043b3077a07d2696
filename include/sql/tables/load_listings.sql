-- Grain: one state of a folder of objects, all of which is loaded. A listing
-- with the same fingerprint has nothing new in it. read_in_full = an object had
-- changed, or was gone, so that all were read again, and rows may have gone.
create table if not exists load_listings (
    load_id bigint not null,
    table_name varchar(128) not null,
    source varchar(1100) not null,
    fingerprint char(64) not null,
    objects bigint not null,
    read_in_full boolean not null,
    run_id varchar(256),
    listed_at timestamp
)
diststyle all
sortkey (load_id);
