-- No two rows of the table have the same key. Redshift does not enforce keys.
-- severity: error
-- means: a load gives a key twice, two files have rows with the same key, or
--   somebody wrote to the table by hand.
-- to do: if staging has the key once, load the table again by the DAG
--   sparkify_repair. Otherwise correct the files, and load the windows of the
--   copies again; delete what nobody loads.
select
    {% for column in key %}
    {{ column }},
    {% endfor %}
    count(*) as copies
from {{ table }}
group by {{ key | join(", ") }}
having count(*) > 1
