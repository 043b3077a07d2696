-- check: quality/any_table/not_empty_once_played.sql
-- table: users
delete from users
