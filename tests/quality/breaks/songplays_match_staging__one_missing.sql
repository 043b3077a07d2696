-- check: quality/songplays_match_staging.sql
delete from songplays
