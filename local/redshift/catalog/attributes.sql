-- Records the distribution, sort keys, encodings and keys of CREATE and ALTER TABLE, by column
-- number. They have no effect here.

create schema if not exists redshift_relay;

create table if not exists redshift_private.table_attributes (
    relation oid primary key,
    attributes jsonb not null
);
-- Deletes records of dropped tables. PostgreSQL does not reuse their oids for a long time.
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

create or replace function redshift_private.numbers(relation oid, names jsonb) returns jsonb
language sql stable set search_path = pg_catalog as
$$
select coalesce(jsonb_agg(a.attnum order by named.place), '[]')
from jsonb_array_elements_text(names) with ordinality as named (name, place)
inner join pg_attribute as a on a.attrelid = relation and a.attname = named.name
$$;

create sequence if not exists redshift_private.constraint_id
minvalue 3000000000 maxvalue 4294967295;

-- The referenced table of a foreign key must exist. The caller's search path applies.
create or replace function redshift_private.numbered_constraint(relation oid, named jsonb)
returns jsonb
language sql volatile as
$$
select named || jsonb_build_object(
    'id', nextval('redshift_private.constraint_id'),
    'columns', redshift_private.numbers(relation, named -> 'columns'),
    'references', (named ->> 'references')::regclass::oid::bigint,
    'referenced',
    redshift_private.numbers((named ->> 'references')::regclass::oid, named -> 'referenced')
)
$$;

create or replace function redshift_private.numbered(relation oid, attributes jsonb)
returns jsonb
language sql volatile as
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
        when 'constraints' then (
            select coalesce(jsonb_agg(redshift_private.numbered_constraint(relation, c)), '[]')
            from jsonb_array_elements(given.value) as c
        )
        else given.value
    end
), '{}')
from jsonb_each(attributes) as given
$$;

-- An existing table keeps its record (IF NOT EXISTS).
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
            select a.attributes - 'constraints'
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

-- table_keys.py defines the record of a constraint.
create or replace function redshift_relay.add_constraint(relation text, added text)
returns void
language sql security definer as
$$
insert into redshift_private.table_attributes as a
values (
    relation::regclass,
    redshift_private.numbered(
        relation::regclass, jsonb_build_object('constraints', jsonb_build_array(added::jsonb))
    )
)
on conflict (relation) do update
set attributes = a.attributes || jsonb_build_object(
    'constraints',
    coalesce(a.attributes -> 'constraints', '[]') || (excluded.attributes -> 'constraints')
)
$$;

-- Returns whether a constraint of that name was recorded.
create or replace function redshift_relay.drop_constraint(relation text, dropped text)
returns boolean
language plpgsql security definer as
$$
begin
    update redshift_private.table_attributes as a
    set attributes = jsonb_set(a.attributes, '{constraints}', (
        select coalesce(jsonb_agg(c), '[]')
        from jsonb_array_elements(a.attributes -> 'constraints') as c
        where c ->> 'name' <> dropped
    ))
    where
        a.relation = drop_constraint.relation::regclass
        and a.attributes -> 'constraints' @> jsonb_build_array(jsonb_build_object('name', dropped));
    return found;
end
$$;

create or replace function redshift_relay.diststyle(relation oid) returns text
language sql stable security definer as
$$ select coalesce(redshift_private.attribute(relation, 'diststyle'), 'AUTO') $$;

create or replace function redshift_relay.is_distkey(relation oid, number smallint)
returns boolean
language sql stable security definer as
$$ select coalesce(redshift_private.attribute(relation, 'distkey')::integer = number, false) $$;

create or replace function redshift_relay.sortkey(relation oid, number smallint)
returns integer
language sql stable security definer as
$$
select coalesce(redshift_private.attribute(relation, 'sortkey', number::text)::integer, 0)
$$;

-- The encoding that Redshift chooses if the DDL names none; NULL if the manual does not say.
-- Source: Redshift's manual, "Compression encodings"
create or replace function redshift_private.default_encoding(relation oid, number smallint)
returns text
language sql stable as
$$
select case
    when c.relkind <> 'r' then null
    when redshift_relay.sortkey(relation, number) <> 0 then 'none'
    when a.atttypid = any('{bool, float4, float8}'::regtype[]) then 'none'
    when
        a.atttypid
        = any('{int2, int4, int8, numeric, date, timestamp, timestamptz}'::regtype[])
        then 'az64'
    when a.atttypid = any('{bpchar, varchar}'::regtype[]) then 'lzo'
end
from pg_catalog.pg_attribute as a
inner join pg_catalog.pg_class as c on a.attrelid = c.oid
where a.attrelid = relation and a.attnum = number
$$;

create or replace function redshift_relay.encoding(relation oid, number smallint)
returns varchar
language sql stable security definer as
$$
select coalesce(
    redshift_private.attribute(relation, 'encoding', number::text),
    redshift_private.default_encoding(relation, number)
)::varchar
$$;
