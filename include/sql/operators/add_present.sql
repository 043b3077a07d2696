-- The rows of the table that have a key of those that have arrived: which row
-- stays must not depend on which object came first.
insert into {{ arrived }}
select *
from {{ table }}
where exists (

    select 1
    from {{ arrived }}
    where
        {% for column in key %}
        {{ table }}.{{ column }} = {{ arrived }}.{{ column }}
        {{ "and" if not loop.last }}
        {% endfor %}

)
