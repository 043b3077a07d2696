-- How far the source has been loaded, how far of that has come here, and
-- whether what has not made rows void: then some may be gone, too.
with

seen as (

    select coalesce(max(load_id), 0) as load_id
    from load_watermarks
    where
        table_name = %(table_name)s
        and source_table = %(source_table)s

)

select
    (

        select coalesce(max(ledger.load_id), 0)
        from load_ledger as ledger
        where ledger.table_name = %(source_table)s

    ) as upto_load,
    seen.load_id as after_load,
    (

        select count(*)
        from load_listings as listings
        where
            listings.table_name = %(source_table)s
            and listings.voids_rows
            and listings.load_id > (select max(seen.load_id) from seen)

    ) as voiding_loads
from seen
