-- Rows of the table that the objects no longer have, or have otherwise.
insert into {{ aside }} ({{ columns | join(", ") }})
select {{ columns | join(", ") }}
from {{ table }}
except
select {{ columns | join(", ") }}
from {{ judged }}
where
    verdict = 'kept'
    and part >= 0
