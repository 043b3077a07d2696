-- The rule by which the object was not read; null: it was read, or is gone.
alter table load_ledger add column ignored_by varchar(64)
