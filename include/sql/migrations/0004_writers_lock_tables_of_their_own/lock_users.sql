-- Stays empty. A load that writes users locks it.
create table if not exists lock_users (
    locked boolean -- never set: the table stays empty
)
diststyle all;
