-- No two rows of the window have the same key. Redshift does not enforce keys.
-- The daily audit looks at the whole table.
-- severity: error
-- means: the table's SELECT gives a key twice.
-- to do: correct the SELECT, or the file that the rows come from.
select
    {% for column in key %}
    {{ column }},
    {% endfor %}
    count(*) as copies
from {{ table }}
where
    {{ event_time }} >= %(window_start)s
    and {{ event_time }} < %(window_end)s
group by {{ key | join(", ") }}
having count(*) > 1
