-- Stays empty. Who writes staging_songs locks it.
create table if not exists lock_staging_songs (
    locked boolean
)
diststyle all;
