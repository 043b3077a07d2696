-- check: page_views_recomputed
insert into page_views (page_view_id, start_time, session_id, item_in_session)
values ('9-9', '2018-11-05 10:30:00', 9, 9)
