-- Rows that each table with an event time holds for a window.
{% for table in tables if table.event_time %}
select
    cast('{{ table.name }}' as varchar(64)) as table_name,
    count(*) as rows_now
from {{ table.name }}
where
    {{ table.event_time }} >= %(window_start)s
    and {{ table.event_time }} < %(window_end)s
{{ "union all" if not loop.last }}
{% endfor %}
