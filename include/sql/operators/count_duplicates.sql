-- Rows whose key an earlier one had already.
select coalesce(sum(left_out), 0) as duplicates
from (

    select count(*) - 1 as left_out
    from {{ incoming }}
    group by {{ key | join(", ") }}

) as copies
