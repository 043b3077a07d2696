-- Rows that belong to another partition than that of the object they are in.
select {{ columns | join(", ") }}
from {{ arrived }}
where
    {{ event_time }} < %(partition_start)s
    or {{ event_time }} >= %(partition_end)s
    or {{ event_time }} is null
order by
    {{ event_time }},
    {{ columns | join(", ") }}
