-- check: page_views_recomputed
delete from page_views
