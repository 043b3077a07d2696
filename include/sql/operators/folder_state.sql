-- The number of the next load of a folder's table, and the state of the folder
-- that was last loaded in full.
select
    next_load.load_id,
    (

        select listings.fingerprint
        from load_listings as listings
        where
            listings.table_name = %(table_name)s
            and listings.source = %(source)s
        order by listings.load_id desc
        limit 1

    ) as fingerprint
from (

    {% include "operators/next_load_id.sql" %}

) as next_load
