-- Rows of the table that another row of their key takes the place of.
delete from {{ table }}
using {{ judged }}
where
    {% for column in key %}
    {{ table }}.{{ column }} = {{ judged }}.{{ column }}
    and
    {% endfor %}
    {{ judged }}.verdict = 'kept'
    and {{ judged }}.part >= 0
    and {{ judged }}.load_id is null
