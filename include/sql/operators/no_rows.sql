-- For the names of the columns.
select *
from {{ incoming }}
limit 0
