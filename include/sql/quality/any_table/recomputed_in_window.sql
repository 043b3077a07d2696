-- The window's rows are what the table's SELECT gives now, column by column.
-- Each key that the SELECT gives is there, with this row or a newer one. Only
-- the run that loaded the window last is checked, and only if no songs wait to
-- be matched: another run may be between two of its tasks.
-- severity: error
-- means: the load did not run after the last load of staging, or somebody wrote
--   to the table by hand.
-- to do: clear the task that loads the table, and the tasks after it.
{% from "macros.jinja" import both_problems, rows_only_in %}
{% from "macros.jinja" import this_run_loaded_last %}
with

recomputed as (

    {% include "load/" ~ table ~ ".sql" %}

),

loaded as (

    select {{ columns | join(", ") }}
    from {{ table }}
    where
        {{ event_time }} >= %(window_start)s
        and {{ event_time }} < %(window_end)s

),

unexplained as (

    {{ rows_only_in("loaded", "recomputed", columns) }}

),

not_there as (

    {{ rows_only_in("recomputed", "loaded", columns) }}

),

replaced as (

    select
        {% for column in columns %}
        not_there.{{ column }}{{ "," if not loop.last }}
        {% endfor %}
    from not_there
    inner join {{ table }} as newer
        on
            {% for column in key %}
            not_there.{{ column }} = newer.{{ column }}
            and
            {% endfor %}
            not_there.{{ event_time }} < newer.{{ event_time }}
    where newer.{{ event_time }} >= %(window_start)s

),

missing as (

    {{ rows_only_in("not_there", "replaced", columns) }}

),

differences as (

    {{ both_problems(columns) }}

)

select *
from differences
where
    {{ this_run_loaded_last(source) }}
    {% if late_source is defined %}
    and (

        select coalesce(max(listings.load_id), 0)
        from load_listings as listings
        where listings.table_name = '{{ late_source }}'

    ) <= (

        select coalesce(max(seen.load_id), 0)
        from load_watermarks as seen
        where
            seen.table_name = '{{ table }}'
            and seen.source_table = '{{ late_source }}'

    )
    {% endif %}
