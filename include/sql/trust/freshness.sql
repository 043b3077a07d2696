-- How fresh is each table?
-- Grain: one table. data_up_to = the event time of its newest row, or, of a
-- catalogue, when its files were listed last. last_loaded = when its last load
-- succeeded. fresh = what the check of that name said last; only staging tables
-- with an event time have one.
{% for table in tables %}
select
    cast('{{ table.name }}' as varchar(64)) as table_name,
    {% if table.event_time %}
    (select max({{ table.event_time }}) from {{ table.name }}) as data_up_to,
    {% else %}
    (

        select max(listings.listed_at)
        from load_listings as listings
        where
            listings.table_name
            = '{{ table.name if table in staging else table.loaded_from.name }}'

    ) as data_up_to,
    {% endif %}
    (

        select max(results.checked_at)
        from quality_results as results
        where
            results.check_name = '{{ table.name }}_loaded'
            and results.status = 'passed'

    ) as last_loaded,
    (

        select max(results.status)
        from quality_results as results
        where
            results.check_name = '{{ table.name }}_fresh'
            and results.checked_at = (

                select max(newest.checked_at)
                from quality_results as newest
                where newest.check_name = '{{ table.name }}_fresh'

            )

    ) as fresh
{{ "union all" if not loop.last }}
{% endfor %}
