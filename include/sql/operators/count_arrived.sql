-- Rows of one partition's objects, and those of them that belong to another one.
select
    count(*) as arrived,
    coalesce(
        sum(
            case
                when
                    {{ event_time }} < %(partition_start)s
                    or {{ event_time }} >= %(partition_end)s
                    then 1
                else 0
            end
        ), 0
    ) as elsewhere
from {{ arrived }}
