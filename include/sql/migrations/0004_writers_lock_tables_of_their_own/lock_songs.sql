-- Stays empty. A load that writes songs locks it.
create table if not exists lock_songs (
    locked boolean -- never set: the table stays empty
)
diststyle all;
