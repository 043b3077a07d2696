-- Rows with the key of another row, and other content.
alter table load_ledger add column rows_conflicting bigint
