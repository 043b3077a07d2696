-- No row of the window has a key that another row of the table has too:
-- Redshift enforces none.
-- severity: error
select
    {% for column in key %}
    rows_of_key.{{ column }},
    {% endfor %}
    count(*) as copies
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
        {{ "and" if not loop.last }}
        {% endfor %}
group by
    {% for column in key %}
    rows_of_key.{{ column }}{{ "," if not loop.last }}
    {% endfor %}
having count(*) > 1
