-- PG_CONSTRAINT and PG_INDEX as on Redshift. Keys are recorded (attributes.sql), not enforced.

create or replace view redshift_catalog.pg_constraint as
select
    (noted ->> 'id')::bigint::oid as oid,
    (noted ->> 'name')::name as conname,
    c.relnamespace as connamespace,
    (noted ->> 'type')::"char" as contype,
    false as condeferrable,
    false as condeferred,
    c.oid as conrelid,
    0::oid as contypid,
    coalesce((noted ->> 'references')::bigint, 0)::oid as confrelid,
    ' '::"char" as confupdtype,
    ' '::"char" as confdeltype,
    ' '::"char" as confmatchtype,
    array(
        select jsonb_array_elements_text(noted -> 'columns')::smallint
    ) as conkey,
    case noted ->> 'type'
        when 'f' then
            array(select jsonb_array_elements_text(noted -> 'referenced')::smallint)
    end as confkey,
    null::text as conbin,
    null::text as consrc,
    -- Columns of later PostgreSQL versions than Redshift's, which psql reads.
    true as conislocal,
    0::smallint as coninhcount,
    true as connoinherit,
    false as convalidated,
    coalesce(
        (
            select i.oid
            from pg_catalog.pg_class as i
            where
                i.relkind = 'i'
                and i.relnamespace = c.relnamespace
                and i.relname = noted ->> 'name'
        ),
        0
    )::oid as conindid
from pg_catalog.pg_class as c
inner join redshift_private.table_attributes as a on c.oid = a.relation
cross join lateral jsonb_array_elements(a.attributes -> 'constraints') as noted
where
    not exists (  -- a column of it was dropped
        select from pg_catalog.pg_attribute as d
        where
            d.attrelid = c.oid
            and d.attisdropped
            and noted -> 'columns' @> to_jsonb(d.attnum)
    )
    and (
        noted ->> 'references' is null
        or exists (
            select from pg_catalog.pg_class as r
            where r.oid = (noted ->> 'references')::bigint::oid
        )
    );

create or replace function redshift_private.column_names(relation oid, numbers smallint[])
returns text
language sql stable set search_path = pg_catalog as
$$
select string_agg(quote_ident(a.attname), ', ' order by array_position(numbers, a.attnum))
from pg_attribute as a
where a.attrelid = relation and a.attnum = any(numbers)
$$;

create or replace function redshift_catalog.pg_get_constraintdef(number oid, pretty boolean)
returns text
language sql stable security definer as
$$
select
    case contype
        when 'p' then 'PRIMARY KEY ('
        when 'u' then 'UNIQUE ('
        else 'FOREIGN KEY ('
    end
    || redshift_private.column_names(conrelid, conkey)
    || ')'
    || case contype
        when 'f' then
            ' REFERENCES '
            || confrelid::regclass
            || coalesce('(' || redshift_private.column_names(confrelid, confkey) || ')', '')
        else ''
    end
from redshift_catalog.pg_constraint
where oid = number
$$;

create or replace function redshift_catalog.pg_get_constraintdef(number oid) returns text
language sql stable as $$ select redshift_catalog.pg_get_constraintdef(number, false) $$;

-- On Redshift a sort key is not an index.
create or replace view redshift_catalog.pg_index as
select
    i.indexrelid,
    i.indrelid,
    i.indnatts,
    i.indisunique or coalesce(k.contype in ('p', 'u'), false) as indisunique,
    i.indisprimary or coalesce(k.contype = 'p', false) as indisprimary,
    i.indisclustered,
    i.indisvalid,
    i.indkey,
    i.indclass,
    i.indoption,
    i.indexprs,
    i.indpred
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as c on i.indexrelid = c.oid
left join redshift_catalog.pg_constraint as k on i.indexrelid = k.conindid
where c.relname not like '%\_sortkey' or k.contype is not null;
