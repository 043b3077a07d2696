-- For the names of the columns.
select *
from {{ incoming }}
where 1 = 0
