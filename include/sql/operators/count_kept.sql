-- Rows of a partition that are loaded, one a key: in the window, and outside of
-- it. Counted for itself, to be held against what COPY read and what is kept.
select
    coalesce(
        sum(
            case
                when
                    first_at >= %(window_start)s
                    and first_at < %(window_end)s
                    then 1
                else 0
            end
        ), 0
    ) as inside,
    count(*) as partition_keys
from (

    select min({{ event_time }}) as first_at
    from {{ arrived }}
    where
        {{ event_time }} >= %(partition_start)s
        and {{ event_time }} < %(partition_end)s
    group by {{ key | join(", ") }}

) as keys_of_partition
