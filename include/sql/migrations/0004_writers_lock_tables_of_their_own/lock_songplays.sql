-- Stays empty. Who writes songplays locks it.
create table if not exists lock_songplays (
    locked boolean
)
diststyle all;
