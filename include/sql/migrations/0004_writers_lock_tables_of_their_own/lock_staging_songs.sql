-- Stays empty. A load that writes staging_songs locks it.
create table if not exists lock_staging_songs (
    locked boolean -- never set: the table stays empty
)
diststyle all;
