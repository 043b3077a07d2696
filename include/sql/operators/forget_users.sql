-- Rows of forgotten users get the pseudonym and lose their personal columns.
-- The hash is computed once for each user of the table. Trailing blanks count
-- in SHA2, but not in comparisons of VARCHAR.
-- Source: Redshift's manual, "SHA2 function" and UPDATE
update {{ table }}
set
    {% for column in columns %}
    {{ column }} = null,
    {% endfor %}
    {{ owner }} = forgotten.pseudonym
from (

    select
        owners.owner,
        forgotten_users.pseudonym
    from (

        select distinct {{ owner }} as owner
        from {{ table }}
        where {{ owner }} is not null

    ) as owners
    inner join forgotten_users
        on
            sha2(forgotten_users.salt || rtrim(owners.owner), 256)
            = forgotten_users.user_hash

) as forgotten
where {{ table }}.{{ owner }} = forgotten.owner
