-- One row a key. Of several the choice depends on nothing but their content.
insert into {{ table }} ({{ columns | join(", ") }}, load_id)
select
    {{ columns | join(", ") }},
    %(load_id)s as load_id
from (

    select
        {{ columns | join(", ") }},
        row_number() over (
            partition by {{ key | join(", ") }}
            order by {{ columns | join(", ") }}
        ) as copy_number
    from {{ incoming }}

) as numbered
where copy_number = 1
