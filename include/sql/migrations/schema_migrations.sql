-- Grain: one migration that has been applied to this schema. Key: number.
create table if not exists schema_migrations (
    number integer not null, -- from 1, in the order in which they are applied
    name varchar(128) not null, -- what the migration does
    checksum varchar(64) not null, -- SHA-256 of its statements, without
    -- comments and white space
    run_id varchar(256), -- run of Airflow that applied it
    applied_at timestamp not null, -- in UTC
    primary key (number)
)
diststyle all
sortkey (number);
