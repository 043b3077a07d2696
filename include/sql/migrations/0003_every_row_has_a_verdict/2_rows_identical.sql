-- Rows that repeat another row in full and were dropped; null as
-- rows_misplaced.
alter table load_ledger add column rows_identical bigint
