-- The number of this load among those of its table, larger than any that was
-- committed before: the table is locked by now.
select coalesce(max(load_id), 0) + 1 as load_id
from (

    select max(load_id) as load_id
    from load_ledger
    where table_name = %(table_name)s
    union all
    select max(load_id) as load_id
    from load_listings
    where table_name = %(table_name)s

) as loads
