-- The version of each object of some time that was loaded last.
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
        and window_start >= %(since)s
        and window_start < %(window_start)s
        and etag is not null

) as ledger
where age = 1
