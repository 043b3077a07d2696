-- No row of the window shares its key with another row within a month before or
-- after. Redshift does not enforce keys. The whole table would be too much for
-- an hourly run.
-- severity: error
-- means: two files have events with the same key, or a corrected file has moved
--   an event and the window that it left was not loaded again.
-- to do: load the windows of first_at and last_at again. If the copies stay,
--   correct the wrong file.
select
    {% for column in key %}
    rows_of_key.{{ column }},
    {% endfor %}
    count(*) as copies,
    min(rows_of_key.{{ event_time }}) as first_at,
    max(rows_of_key.{{ event_time }}) as last_at
from (

    select distinct {{ key | join(", ") }}
    from {{ table }}
    where
        {{ event_time }} >= %(window_start)s
        and {{ event_time }} < %(window_end)s

) as keys_of_window
inner join {{ table }} as rows_of_key
    on
        {% for column in key %}
        keys_of_window.{{ column }} = rows_of_key.{{ column }}
        and
        {% endfor %}
        rows_of_key.{{ event_time }}
        >= cast(%(window_start)s as timestamp) - interval '31 days'
        and rows_of_key.{{ event_time }}
        < cast(%(window_end)s as timestamp) + interval '31 days'
group by
    {% for column in key %}
    rows_of_key.{{ column }}{{ "," if not loop.last }}
    {% endfor %}
having count(*) > 1
