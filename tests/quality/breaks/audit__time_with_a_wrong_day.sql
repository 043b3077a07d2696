-- check: time_recomputed
update time set day = day + 1
