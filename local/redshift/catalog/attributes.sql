-- Distribution, sort keys and encodings that CREATE and ALTER TABLE named, by the number of
-- the column. They have no effect here.

create schema if not exists redshift_relay;

create table if not exists redshift_private.table_attributes (
    relation oid primary key,
    attributes jsonb not null
);
-- Of tables that were dropped; PostgreSQL does not use their numbers again for a long time.
delete from redshift_private.table_attributes
where not exists (select from pg_class where oid = relation);

create or replace function redshift_private.by_number(relation oid, by_name jsonb)
returns jsonb
language sql stable set search_path = pg_catalog as
$$
select coalesce(jsonb_object_agg(a.attnum, named.value), '{}')
from jsonb_each(by_name) as named
inner join pg_attribute as a on a.attrelid = relation and a.attname = named.key
$$;

create or replace function redshift_private.numbered(relation oid, attributes jsonb)
returns jsonb
language sql stable set search_path = pg_catalog as
$$
select coalesce(jsonb_object_agg(
    given.key,
    case given.key
        when 'encoding' then redshift_private.by_number(relation, given.value)
        when 'sortkey' then redshift_private.by_number(relation, given.value)
        when 'distkey' then (
            select to_jsonb(a.attnum)
            from pg_attribute as a
            where a.attrelid = relation and a.attname = given.value #>> '{}'
        )
        else given.value
    end
), '{}')
from jsonb_each(attributes) as given
$$;

-- A table that is there already keeps what it has (IF NOT EXISTS).
create or replace function redshift_relay.note_attributes(
    relation text, attributes text, model text default null
) returns void
language sql security definer as
$$
insert into redshift_private.table_attributes
select
    relation::regclass,
    coalesce(
        (
            select a.attributes
            from redshift_private.table_attributes as a
            where a.relation = model::regclass
        ),
        redshift_private.numbered(relation::regclass, attributes::jsonb)
    )
on conflict do nothing
$$;

create or replace function redshift_relay.alter_attributes(relation text, changed text)
returns void
language sql security definer as
$$
insert into redshift_private.table_attributes as a
values (relation::regclass, redshift_private.numbered(relation::regclass, changed::jsonb))
on conflict (relation) do update
set attributes = a.attributes || excluded.attributes || jsonb_build_object(
    'encoding',
    coalesce(a.attributes -> 'encoding', '{}')
    || coalesce(excluded.attributes -> 'encoding', '{}')
)
$$;

create or replace function redshift_private.attribute(relation oid, variadic path text[])
returns text
language sql stable security definer set search_path = pg_catalog as
$$
select a.attributes #>> path
from redshift_private.table_attributes as a
where a.relation = attribute.relation
$$;
