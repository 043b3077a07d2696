-- Each key that this run staged is in the table once. Redshift does not enforce
-- keys. The table is read before its source, in the order in which its load
-- locks them. If the run has staged nothing, nothing is read.
-- severity: error
-- means: a load was skipped or ignored its lock, or somebody wrote by hand.
-- to do: delete the copies, and clear the task that loads the table.
with

rows_of_key as (

    select {{ key | join(", ") }}
    from {{ table }}
    where
        (

            select count(*)
            from load_listings as staged
            where
                staged.table_name = '{{ source }}'
                and staged.run_id = %(run_id)s

        ) > 0

),

keys_of_run as (

    select distinct {{ key | join(", ") }}
    from {{ source }}
    where
        (

            select count(*)
            from load_listings as staged
            where
                staged.table_name = '{{ source }}'
                and staged.run_id = %(run_id)s

        ) > 0
        and {{ source }}.load_id in (

            select listings.load_id
            from load_listings as listings
            where
                listings.table_name = '{{ source }}'
                and listings.run_id = %(run_id)s

        )

)

select
    {% for column in key %}
    keys_of_run.{{ column }},
    {% endfor %}
    count(rows_of_key.{{ key[0] }}) as copies
from keys_of_run
left join rows_of_key
    on
        {% for column in key %}
        keys_of_run.{{ column }} = rows_of_key.{{ column }}
        {{ "and" if not loop.last }}
        {% endfor %}
group by
    {% for column in key %}
    keys_of_run.{{ column }}{{ "," if not loop.last }}
    {% endfor %}
having count(rows_of_key.{{ key[0] }}) <> 1
