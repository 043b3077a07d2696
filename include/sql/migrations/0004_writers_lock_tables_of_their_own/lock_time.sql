-- Stays empty. Who writes time locks it.
create table if not exists lock_time (
    locked boolean
)
diststyle all;
