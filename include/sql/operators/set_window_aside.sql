-- The rows that the window's last load left, before they go.
insert into {{ aside }}
select *
from {{ table }}
where
    {{ event_time }} >= %(window_start)s
    and {{ event_time }} < %(window_end)s
