-- For keys that the window no longer has, what earlier windows say of them.
insert into {{ table }} ({{ columns | join(", ") }})
select {{ columns | join(", ") }}
from {{ incoming }}
where exists (

    select 1
    from {{ aside }}
    where
        {% for column in key %}
        {{ aside }}.{{ column }} = {{ incoming }}.{{ column }}
        {{ "and" if not loop.last }}
        {% endfor %}

)
