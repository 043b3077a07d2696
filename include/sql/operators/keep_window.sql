-- Of what has arrived, the rows that are in the window.
insert into {{ incoming }} ({{ columns | join(", ") }})
select {{ columns | join(", ") }}
from {{ arrived }}
where
    {{ event_time }} >= %(window_start)s
    and {{ event_time }} < %(window_end)s
