-- Rows whose key is not there yet.
insert into {{ table }} ({{ columns | join(", ") }})
select {{ columns | join(", ") }}
from {{ incoming }}
where not exists (

    select 1
    from {{ table }}
    where
        {% for column in key %}
        {{ table }}.{{ column }} = {{ incoming }}.{{ column }}
        {{ "and" if not loop.last }}
        {% endfor %}

)
