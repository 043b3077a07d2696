-- Rows that come again, unless what is there is newer.
delete from {{ table }}
using {{ incoming }}
where
    {% for column in key %}
    {{ table }}.{{ column }} = {{ incoming }}.{{ column }}
    and
    {% endfor %}
    {{ table }}.{{ newest_by }} <= {{ incoming }}.{{ newest_by }}
