-- Rows with the key of another row and other content, see load_errors; null as
-- rows_misplaced.
alter table load_ledger add column rows_conflicting bigint
