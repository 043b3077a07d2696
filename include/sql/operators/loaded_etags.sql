-- The version of each object that was loaded last, but of those that went since,
-- and of those that a rule leaves out. Where `during` names a column of event
-- time, of the objects of some time alone.
select
    object_key,
    etag
from (

    select
        object_key,
        etag,
        row_number() over (
            partition by object_key
            order by load_id desc
        ) as age
    from load_ledger
    where
        table_name = %(table_name)s
        and ignored_by is null
        {% if during is defined %}
        and {{ during }} >= %(since)s
        and {{ during }} < %(before)s
        {% endif %}

) as ledger
where
    age = 1
    and etag is not null
