-- Rows that the objects no longer have, or have otherwise.
delete from {{ table }}
using (

    select {{ columns | join(", ") }}
    from {{ table }}
    except
    select {{ columns | join(", ") }}
    from {{ incoming }}

) as unlike
where
    {% for column in key %}
    {{ table }}.{{ column }} = unlike.{{ column }}
    {{ "and" if not loop.last }}
    {% endfor %}
