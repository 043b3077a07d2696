-- How many of the rows that have arrived got each verdict. Rows with a load_id
-- were in the table before.
select
    verdict,
    count(*) as rows_judged
from {{ judged }}
where
    part = %(part)s
    and load_id is null
group by verdict
