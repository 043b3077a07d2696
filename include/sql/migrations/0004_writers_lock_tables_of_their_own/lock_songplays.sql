-- Stays empty. A load that writes songplays locks it.
create table if not exists lock_songplays (
    locked boolean -- never set: the table stays empty
)
diststyle all;
