-- Grain: one state of a folder of objects that was loaded in full. A listing
-- with the same fingerprint has nothing new in it.
create table if not exists load_listings (
    load_id bigint not null,
    table_name varchar(128) not null,
    source varchar(1024) not null,
    fingerprint char(64) not null,
    objects bigint not null,
    listed_at timestamp
)
diststyle all
sortkey (load_id);
