-- Keys that came more than once.
select
    {{ key | join(", ") }},
    count(*) - 1 as left_out
from {{ incoming }}
group by {{ key | join(", ") }}
having count(*) > 1
order by {{ key | join(", ") }}
limit 100
