-- Objects below the sources' prefixes that no load reads, and the rule by which
-- each is ignored. Those seen last come first.
select
    table_name,
    object_key,
    ignored_by,
    max(size_bytes) as size_bytes,
    min(loaded_at) as first_seen_at,
    max(loaded_at) as last_seen_at
from load_ledger
where ignored_by is not null
group by table_name, object_key, ignored_by
order by
    last_seen_at desc,
    table_name asc,
    object_key asc
limit 200
