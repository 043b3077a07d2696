-- The rows to keep, under the number of their load; those that are there
-- already are left out where `unless_in` names the table.
insert into {{ table }} ({{ columns | join(", ") }}, load_id)
select
    {{ columns | join(", ") }},
    %(load_id)s as load_id
from {{ judged }}
where
    verdict = 'kept'
    and part >= 0
    and load_id is null
    {% if unless_in is defined %}
    and not exists (

        select 1
        from {{ unless_in }}
        where
            {% for column in key %}
            {{ unless_in }}.{{ column }} = {{ judged }}.{{ column }}
            {{ "and" if not loop.last }}
            {% endfor %}

    )
    {% endif %}
