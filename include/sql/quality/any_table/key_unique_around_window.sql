-- No row of the window shares its key with another row of the window, the day
-- before or the day after. Redshift does not enforce keys; the daily audit
-- looks at the whole table. Rows in an hour that is out of date do not count: a
-- corrected file may have moved them, and the hour must be loaded again (see
-- late_rows).
-- severity: error
-- means: files of two days have rows with the same key.
-- to do: load the windows of first_at and last_at again. If the copies stay,
--   correct the wrong file.
{% from "macros.jinja" import hours_out_of_date %}
with

rows_of_key as (

    select
        {% for column in key %}
        staged.{{ column }},
        {% endfor %}
        staged.{{ event_time }}
    from (

        select distinct {{ key | join(", ") }}
        from {{ table }}
        where
            {{ event_time }} >= %(window_start)s
            and {{ event_time }} < %(window_end)s

    ) as keys_of_window
    inner join {{ table }} as staged
        on
            {% for column in key %}
            keys_of_window.{{ column }} = staged.{{ column }}
            and
            {% endfor %}
            staged.{{ event_time }}
            >= cast(%(window_start)s as timestamp) - interval '1 day'
            and staged.{{ event_time }}
            < cast(%(window_end)s as timestamp) + interval '1 day'

),

out_of_date as (

    {{ hours_out_of_date(table, "1 day") }}

)

select
    {% for column in key %}
    rows_of_key.{{ column }},
    {% endfor %}
    count(*) as copies,
    min(rows_of_key.{{ event_time }}) as first_at,
    max(rows_of_key.{{ event_time }}) as last_at
from rows_of_key
left join out_of_date
    on
        rows_of_key.{{ event_time }} >= out_of_date.hour_start
        and rows_of_key.{{ event_time }}
        < out_of_date.hour_start + interval '1 hour'
where out_of_date.hour_start is null
group by
    {% for column in key %}
    rows_of_key.{{ column }}{{ "," if not loop.last }}
    {% endfor %}
having count(*) > 1
