-- Every row of the window has a key.
-- severity: error
-- means: the source lacks fields that tell its rows apart.
-- to do: find the rows in the source; correct the file, and clear the staging
--   task.
select *
from {{ table }}
where
    {{ event_time }} >= %(window_start)s
    and {{ event_time }} < %(window_end)s
    and (
        {% for column in key %}
        {{ column }} is null
        {{ "or" if not loop.last }}
        {% endfor %}
    )
