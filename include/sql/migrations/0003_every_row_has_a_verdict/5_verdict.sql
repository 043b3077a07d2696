-- bad, misplaced, or conflicting copy. Null: loaded before there were verdicts.
alter table load_errors add column verdict varchar(32)
