-- Rows of one partition's objects that belong to another partition, or to none.
select count(*) as elsewhere
from {{ arrived }}
where
    {{ event_time }} < %(partition_start)s
    or {{ event_time }} >= %(partition_end)s
    or {{ event_time }} is null
