-- check: time_recomputed
update time set weekday = weekday + 1
