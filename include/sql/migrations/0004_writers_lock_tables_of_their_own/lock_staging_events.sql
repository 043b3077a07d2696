-- Stays empty. A load that writes staging_events locks it.
create table if not exists lock_staging_events (
    locked boolean -- never set: the table stays empty
)
diststyle all;
