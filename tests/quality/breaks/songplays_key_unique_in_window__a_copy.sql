-- check: quality/songplays_key_unique_in_window.sql
insert into songplays select * from songplays
