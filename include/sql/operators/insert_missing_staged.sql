-- Rows whose key is not there, under the number of their load.
insert into {{ table }} ({{ columns | join(", ") }}, load_id)
select
    {{ columns | join(", ") }},
    %(load_id)s as load_id
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
