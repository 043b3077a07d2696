-- The table has rows, once the one that it is made from has some.
-- severity: error
select '{{ table }}' as empty_table
where
    not exists (select 1 from {{ table }})
    and exists (select 1 from {{ source }})
