-- bad, misplaced or conflicting; null: loaded before there were verdicts.
alter table load_errors add column verdict varchar(32)
