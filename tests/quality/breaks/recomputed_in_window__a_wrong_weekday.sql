-- check: time_recomputed_in_window
update time set weekday = 2
