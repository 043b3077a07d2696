-- The size of the table.
select count(*) as rows_now
from {{ table }}
