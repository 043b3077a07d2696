-- Stays empty. A load that writes load_watermarks locks it.
create table if not exists lock_load_watermarks (
    locked boolean -- never set: the table stays empty
)
diststyle all;
