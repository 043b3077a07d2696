-- Of a partition's objects, the rows that are in the window. Of the rows with
-- one key the earliest is taken, whatever the window is; of several at one
-- moment the choice depends on nothing but their content.
insert into {{ incoming }} ({{ columns | join(", ") }})
select {{ columns | join(", ") }}
from (

    select
        {{ columns | join(", ") }},
        row_number() over (
            partition by {{ key | join(", ") }}
            order by
                {{ event_time }},
                {{ columns | join(", ") }}
        ) as copy_number
    from {{ arrived }}
    where
        {{ event_time }} >= %(partition_start)s
        and {{ event_time }} < %(partition_end)s

) as numbered
where
    copy_number = 1
    and {{ event_time }} >= %(window_start)s
    and {{ event_time }} < %(window_end)s
