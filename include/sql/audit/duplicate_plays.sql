-- Plays of one songplay_id in all of the table: hourly checks look no further
-- than a month. It reads a column of the whole table.
select
    songplay_id,
    count(*) as copies,
    min(start_time) as first_start_time,
    max(start_time) as last_start_time
from songplays
group by songplay_id
having count(*) > 1
order by
    copies desc,
    songplay_id asc
limit 200
