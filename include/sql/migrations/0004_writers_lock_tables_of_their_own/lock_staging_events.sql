-- Stays empty. Who writes staging_events locks it.
create table if not exists lock_staging_events (
    locked boolean
)
diststyle all;
