-- The rule by which the object was not read; null where it was.
alter table load_ledger add column ignored_by varchar(64)
