-- Rows with one verdict, in an order that depends on their content alone.
select
    load_id,
    {{ columns | join(", ") }}
from {{ judged }}
where
    part = %(part)s
    and verdict = %(verdict)s
order by {{ columns | join(", ") }}
