-- Rows that the table has in the window.
select count(*) as rows_in_window
from {{ table }}
where
    {{ event_time }} >= %(window_start)s
    and {{ event_time }} < %(window_end)s
