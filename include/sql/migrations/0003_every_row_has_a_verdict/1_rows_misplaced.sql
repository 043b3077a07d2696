-- Rows that belong to another partition than that of their object.
alter table load_ledger add column rows_misplaced bigint
