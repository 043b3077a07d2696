-- Rows that belong to another partition than that of their object, see
-- load_errors; null as rows_read, or loaded before there were verdicts.
alter table load_ledger add column rows_misplaced bigint
