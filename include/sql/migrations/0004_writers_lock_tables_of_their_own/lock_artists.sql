-- Stays empty. Who writes artists locks it.
create table if not exists lock_artists (
    locked boolean
)
diststyle all;
