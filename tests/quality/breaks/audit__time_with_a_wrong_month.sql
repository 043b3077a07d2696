-- check: time_recomputed
update time set month = month + 1
