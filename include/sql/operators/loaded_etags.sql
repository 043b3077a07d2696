-- The version of each object that was loaded last, but of those that went since,
-- and of those that a rule leaves out.
select
    object_key,
    etag
from (

    select
        object_key,
        etag,
        row_number() over (
            partition by object_key
            order by load_id desc
        ) as age
    from load_ledger
    where
        table_name = %(table_name)s
        and ignored_by is null

) as ledger
where
    age = 1
    and etag is not null
