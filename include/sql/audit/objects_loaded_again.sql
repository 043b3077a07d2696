-- Objects that were loaded in more than one version: a day's file that grew or
-- was corrected, a song that was mended.
select
    table_name,
    object_key,
    count(distinct etag) as versions,
    min(loaded_at) as first_loaded_at,
    max(loaded_at) as last_loaded_at
from load_ledger
group by table_name, object_key
having count(distinct etag) > 1
order by
    last_loaded_at desc
limit 200
