-- check: users_recomputed_in_window
update users set last_play_at = '2018-11-05 10:29'
