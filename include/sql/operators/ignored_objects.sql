-- Objects that the ledger has as ignored.
select
    object_key,
    etag
from load_ledger
where
    table_name = %(table_name)s
    and ignored_by is not null
