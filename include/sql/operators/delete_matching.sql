-- Rows that come again, by their key.
delete from {{ table }}
using {{ incoming }}
where
    {% for column in key %}
    {{ table }}.{{ column }} = {{ incoming }}.{{ column }}
    {{ "and" if not loop.last }}
    {% endfor %}
