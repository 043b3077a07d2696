-- No row of the window has a key that another row, of a month before or after
-- it, has too: Redshift enforces none. All of the table would be too much for
-- an hourly run; audit/duplicate_plays.sql looks at all.
-- severity: error
-- means: two files have events of one key; or a corrected file has moved one in
--   time, and the window that it left was not loaded again.
-- to do: load the windows of first_at and last_at again; if it stays, mend the
--   file that is wrong.
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
