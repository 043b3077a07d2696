-- The number of the next load among those of its table, larger than any that is
-- committed. It is this load's own if the table is locked.
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
