-- No two rows have the same key: Redshift enforces none.
-- severity: error
select
    {{ key | join(", ") }},
    count(*) as copies
from {{ table }}
group by {{ key | join(", ") }}
having count(*) > 1
