-- Stays empty. Who writes load_watermarks locks it.
create table if not exists lock_load_watermarks (
    locked boolean
)
diststyle all;
