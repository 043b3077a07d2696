-- By which levels and locations can the page be filtered?
-- Grain: one value of one filter.
select distinct
    cast('level' as varchar(16)) as filter_name,
    level as filter_value
from songplays
where level <> ''
union all
select distinct
    cast('location' as varchar(16)) as filter_name,
    location as filter_value
from songplays
where location <> ''
order by 1, 2
