-- Stays empty. Who writes load_ledger locks it.
create table if not exists lock_load_ledger (
    locked boolean
)
diststyle all;
