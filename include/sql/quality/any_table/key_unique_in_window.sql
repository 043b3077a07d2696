-- No two rows of the window have the same key: Redshift enforces none.
-- severity: error
select
    {{ key | join(", ") }},
    count(*) as copies
from {{ table }}
where
    {{ event_time }} >= %(window_start)s
    and {{ event_time }} < %(window_end)s
group by {{ key | join(", ") }}
having count(*) > 1
