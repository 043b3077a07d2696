-- The files that a run loaded: how many were never loaded before, and how many
-- in another version.
with

own as (

    select distinct
        table_name,
        object_key,
        etag,
        load_id
    from load_ledger
    where
        run_id = %(run_id)s
        and etag is not null
        and window_start is not null

),

before_it as (

    select
        own.table_name,
        own.object_key,
        max(earlier.load_id) as load_id
    from own
    inner join load_ledger as earlier
        on
            own.table_name = earlier.table_name
            and own.object_key = earlier.object_key
            and own.load_id > earlier.load_id
    group by own.table_name, own.object_key

)

select
    coalesce(
        sum(case when before_it.load_id is null then 1 else 0 end), 0
    ) as new_files,
    coalesce(
        sum(case when earlier.etag <> own.etag then 1 else 0 end), 0
    ) as changed_files
from own
left join before_it
    on
        own.table_name = before_it.table_name
        and own.object_key = before_it.object_key
left join load_ledger as earlier
    on
        before_it.table_name = earlier.table_name
        and before_it.object_key = earlier.object_key
        and before_it.load_id = earlier.load_id
