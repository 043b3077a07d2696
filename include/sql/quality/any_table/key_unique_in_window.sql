-- No two rows of the window have the same key and the same time. Redshift does
-- not enforce keys. Rows of one key at two times come from two files; neither
-- window may decide what the other holds, so check_quality and the daily audit
-- report them.
-- severity: error
-- means: the table's SELECT gives a row twice.
-- to do: correct the SELECT.
select
    {% for column in key if column != event_time %}
    {{ column }},
    {% endfor %}
    {{ event_time }},
    count(*) as copies
from {{ table }}
where
    {{ event_time }} >= %(window_start)s
    and {{ event_time }} < %(window_end)s
group by
    {% for column in key if column != event_time %}
    {{ column }},
    {% endfor %}
    {{ event_time }}
having count(*) > 1
