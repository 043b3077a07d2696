-- Rows that are left out because another row has their key.
select coalesce(sum(copies - 1), 0) as left_out
from (

    select count(*) as copies
    from {{ arrived }}
    {% if event_time is defined %}
    where
        {{ event_time }} >= %(partition_start)s
        and {{ event_time }} < %(partition_end)s
    {% endif %}
    group by {{ key | join(", ") }}

) as counted
