-- Every row has a key.
-- severity: error
select *
from {{ table }}
where
    {% for column in key %}
    {{ column }} is null
    {{ "or" if not loop.last }}
    {% endfor %}
