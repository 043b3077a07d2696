-- Every row of the window has a key.
-- severity: error
-- means: the source lacks what its rows are told apart by.
-- to do: look for the rows in the source; mend its file, and clear the staging
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
