-- check: quality/every_line_is_an_event.sql
update load_ledger set lines_read = 4
