-- The number of this load: larger than any that was committed before.
select coalesce(max(load_id), 0) + 1 as load_id
from (

    select max(load_id) as load_id
    from load_ledger
    union all
    select max(load_id) as load_id
    from load_listings

) as loads
