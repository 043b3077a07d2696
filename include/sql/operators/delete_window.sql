-- The window, to be replaced.
delete from {{ table }}
where
    {{ event_time }} >= %(window_start)s
    and {{ event_time }} < %(window_end)s
