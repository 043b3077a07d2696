-- The rows that the table has of the keys that have arrived: another object
-- brought them, and which row stays must not depend on which object came first.
insert into {{ arrived }} ({{ columns | join(", ") }})
select {{ columns | join(", ") }}
from {{ table }}
where exists (

    select 1
    from {{ incoming }}
    where
        {% for column in key %}
        {{ table }}.{{ column }} = {{ incoming }}.{{ column }}
        {{ "and" if not loop.last }}
        {% endfor %}

)
