-- The state of the folder that was last loaded in full.
select fingerprint
from load_listings
where
    table_name = %(table_name)s
    and source = %(source)s
order by load_id desc
limit 1
