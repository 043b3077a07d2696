-- check: page_views_recomputed
update page_views set browser = 'Lynx'
