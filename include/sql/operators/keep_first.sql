-- One row a key. Of several the choice depends on nothing but their content.
insert into {{ incoming }} ({{ columns | join(", ") }})
select {{ columns | join(", ") }}
from (

    select
        {{ columns | join(", ") }},
        row_number() over (
            partition by {{ key | join(", ") }}
            order by {{ columns | join(", ") }}
        ) as copy_number
    from {{ arrived }}

) as numbered
where copy_number = 1
