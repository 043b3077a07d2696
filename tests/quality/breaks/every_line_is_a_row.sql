-- check: staging_events_every_line_is_a_row
update load_ledger set lines_read = 4
