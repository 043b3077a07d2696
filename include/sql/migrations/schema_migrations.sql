-- Grain: one migration that has been applied to this schema.
-- checksum = SHA-256 of its statements, without comments and white space.
create table if not exists schema_migrations (
    number integer not null,
    name varchar(128) not null,
    checksum varchar(64) not null,
    run_id varchar(256),
    applied_at timestamp not null,
    primary key (number)
)
diststyle all
sortkey (number);
