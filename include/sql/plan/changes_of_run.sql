-- The files that a run loaded: how many no other run had loaded before, and how
-- many were loaded before in another version. If the run staged a file several
-- times, its last load counts.
with

own as (

    select
        table_name,
        object_key,
        etag,
        load_id,
        row_number() over (
            partition by table_name, object_key
            order by load_id desc
        ) as age
    from load_ledger
    where
        run_id = %(run_id)s
        and etag is not null
        and window_start is not null

),

earlier as (

    select
        own.table_name,
        own.object_key,
        ledger.etag,
        row_number() over (
            partition by own.table_name, own.object_key
            order by ledger.load_id desc
        ) as age
    from own
    inner join load_ledger as ledger
        on
            own.table_name = ledger.table_name
            and own.object_key = ledger.object_key
            and own.load_id > ledger.load_id
    where
        own.age = 1
        and ledger.run_id <> %(run_id)s

)

select
    coalesce(
        sum(case when earlier.object_key is null then 1 else 0 end), 0
    ) as new_files,
    coalesce(
        sum(case when earlier.etag <> own.etag then 1 else 0 end), 0
    ) as changed_files
from own
left join earlier
    on
        own.table_name = earlier.table_name
        and own.object_key = earlier.object_key
        and earlier.age = 1
where own.age = 1
