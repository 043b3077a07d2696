-- Rows that belong to another partition than that of the object they are in.
select
    cast({{ event_time }} as varchar(32)) as event_time,
    {% for column in columns %}
    {{ column }}{{ "," if not loop.last }}
    {% endfor %}
from {{ arrived }}
where
    {{ event_time }} < %(partition_start)s
    or {{ event_time }} >= %(partition_end)s
order by
    {{ event_time }},
    {{ columns | join(", ") }}
limit 100
