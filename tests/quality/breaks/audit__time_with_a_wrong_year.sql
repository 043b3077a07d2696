-- check: time_recomputed
update time set year = year + 1
