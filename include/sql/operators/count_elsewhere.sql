-- Rows of one partition's objects that belong to another partition.
select count(*) as elsewhere
from {{ arrived }}
where
    {{ event_time }} < %(partition_start)s
    or {{ event_time }} >= %(partition_end)s
