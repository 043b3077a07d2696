-- Every row of the window has a key.
-- severity: error
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
