-- check: page_views_recomputed_in_window
update page_views set page = 'Home'
