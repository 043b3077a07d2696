-- Rows that the last COPY of this session loaded.
select pg_last_copy_count() as loaded_rows
