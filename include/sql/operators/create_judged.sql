-- A table of this session's alone for rows with their verdicts.
create temporary table {{ judged }} as
select
    *,
    cast(null as varchar(16)) as verdict,
    cast(null as integer) as part
from {{ arrived }}
where 1 = 0
