-- check: time_recomputed
update time set hour = hour + 1
