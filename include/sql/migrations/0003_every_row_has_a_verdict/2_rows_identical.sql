-- Rows that repeat another row in full.
alter table load_ledger add column rows_identical bigint
