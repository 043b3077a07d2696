-- check: songs_recomputed
update songs set title = 'Southbound'
