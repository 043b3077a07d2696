-- Stays empty. A load that writes artists locks it.
create table if not exists lock_artists (
    locked boolean -- never set: the table stays empty
)
diststyle all;
