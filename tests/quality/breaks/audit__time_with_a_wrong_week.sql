-- check: time_recomputed
update time set week = week + 1
