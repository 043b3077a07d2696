-- check: page_views_key_unique
insert into page_views select * from page_views
