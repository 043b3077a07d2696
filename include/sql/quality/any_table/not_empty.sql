-- The table has rows.
-- severity: error
select '{{ table }}' as empty_table
where not exists (select 1 from {{ table }})
