-- How fresh is each table?
-- Grain: one table. newest_at = the event time of its newest row, where its
-- rows have one; loaded_at = when something was last loaded into it, where the
-- ledger or a watermark says so.
{% for table in tables %}
select
    cast('{{ table.name }}' as varchar(64)) as table_name,
    {% if table.event_time %}
    (select max({{ table.event_time }}) from {{ table.name }}) as newest_at,
    {% else %}
    cast(null as timestamp) as newest_at,
    {% endif %}
    {% if table in staging %}
    (

        select max(loaded_at) from load_ledger
        where table_name = '{{ table.name }}'

    ) as loaded_at
    {% elif table.event_time %}
    cast(null as timestamp) as loaded_at
    {% else %}
    (

        select max(reached_at) from load_watermarks
        where table_name = '{{ table.name }}'

    ) as loaded_at
    {% endif %}
{{ "union all" if not loop.last }}
{% endfor %}
