-- Rows that are left out because another row has their key; see keep_window and
-- keep_first.
select {{ columns | join(", ") }}
from (

    select
        {{ columns | join(", ") }},
        row_number() over (
            partition by {{ key | join(", ") }}
            order by
                {% if event_time is defined %}{{ event_time }},{% endif %}
                {{ columns | join(", ") }}
        ) as copy_number
    from {{ arrived }}
    {% if event_time is defined %}
    where
        {{ event_time }} >= %(partition_start)s
        and {{ event_time }} < %(partition_end)s
    {% endif %}

) as numbered
where copy_number > 1
order by {{ columns | join(", ") }}
