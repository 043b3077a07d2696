-- Stays empty. A load that writes time locks it.
create table if not exists lock_time (
    locked boolean -- never set: the table stays empty
)
diststyle all;
