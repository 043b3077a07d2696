-- Stays empty. A load that writes load_ledger locks it.
create table if not exists lock_load_ledger (
    locked boolean -- never set: the table stays empty
)
diststyle all;
