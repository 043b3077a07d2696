-- Stays empty. Who writes songs locks it.
create table if not exists lock_songs (
    locked boolean
)
diststyle all;
