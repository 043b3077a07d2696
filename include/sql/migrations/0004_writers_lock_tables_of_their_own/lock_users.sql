-- Stays empty. Who writes users locks it.
create table if not exists lock_users (
    locked boolean
)
diststyle all;
