-- check: every_line_is_an_event
update load_ledger set lines_read = 4
