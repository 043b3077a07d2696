-- Rows that belong to another partition than that of the object they are in.
select
    {% for column in key %}
    {{ column }},
    {% endfor %}
    cast({{ event_time }} as varchar(32)) as event_time
from {{ arrived }}
where
    {{ event_time }} < %(partition_start)s
    or {{ event_time }} >= %(partition_end)s
order by
    {{ event_time }},
    {{ key | join(", ") }}
limit 100
