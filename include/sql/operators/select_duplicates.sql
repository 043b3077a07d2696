-- Keys that came more than once.
select {{ key | join(", ") }}
from {{ incoming }}
group by {{ key | join(", ") }}
having count(*) > 1
order by {{ key | join(", ") }}
limit 100
