-- Views that list tables and columns. Distribution and sort keys are as CREATE TABLE declared them;
-- encodings include the defaults. There are no blocks, so columns about blocks are NULL.
-- Source: Redshift's manual, "PG_TABLE_DEF", "SVV_TABLES", "SVV_COLUMNS", "SVV_ALL_TABLES",
-- "SVV_ALL_COLUMNS", "SVV_TABLE_INFO"

create or replace view redshift_catalog.pg_table_def as
select
    n.nspname as schemaname,
    c.relname as tablename,
    a.attname as "column",
    replace(format_type(a.atttypid, a.atttypmod), 'bpchar', 'character') as type,
    redshift_relay.encoding(c.oid, a.attnum)::varchar(32) as encoding,
    redshift_relay.is_distkey(c.oid, a.attnum) as distkey,
    redshift_relay.sortkey(c.oid, a.attnum) as sortkey,
    a.attnotnull as "notnull"
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
inner join pg_attribute as a on c.oid = a.attrelid
where
    c.relkind in ('r', 'v')
    and a.attnum > 0
    and not a.attisdropped
    and n.nspname = any(current_schemas(false))
    and n.nspname not in ('redshift_catalog', 'redshift_private');

-- What COMMENT ON has said of a table or view, or of a column of it.
create or replace function redshift_relay.remarks(schema_name name, relation name, attribute integer)
returns varchar
language sql stable as
$$
select d.description::varchar
from pg_description as d
inner join pg_class as c on d.objoid = c.oid
inner join pg_namespace as n on c.relnamespace = n.oid
where
    d.classoid = 'pg_class'::regclass
    and n.nspname = schema_name
    and c.relname = relation
    and d.objsubid = attribute
$$;

create or replace view redshift_catalog.svv_tables as
select
    table_catalog::varchar as table_catalog,
    table_schema::varchar as table_schema,
    table_name::varchar as table_name,
    table_type::varchar as table_type,
    redshift_relay.remarks(table_schema, table_name, 0) as remarks
from information_schema.tables
where table_schema <> 'redshift_private';

create or replace view redshift_catalog.svv_columns as
select
    table_catalog::varchar as table_catalog,
    table_schema::varchar as table_schema,
    table_name::varchar as table_name,
    column_name::varchar as column_name,
    ordinal_position::integer as ordinal_position,
    column_default::varchar as column_default,
    is_nullable::varchar as is_nullable,
    data_type::varchar as data_type,
    character_maximum_length::integer as character_maximum_length,
    numeric_precision::integer as numeric_precision,
    numeric_precision_radix::integer as numeric_precision_radix,
    numeric_scale::integer as numeric_scale,
    datetime_precision::integer as datetime_precision,
    interval_type::varchar as interval_type,
    interval_precision::varchar as interval_precision,
    null::varchar as character_set_catalog,
    null::varchar as character_set_schema,
    null::varchar as character_set_name,
    null::varchar as collation_catalog,
    null::varchar as collation_schema,
    null::varchar as collation_name,
    domain_name::varchar as domain_name,
    redshift_relay.remarks(table_schema, table_name, ordinal_position::integer) as remarks
from information_schema.columns
where table_schema <> 'redshift_private';

create or replace view redshift_catalog.svv_all_tables as
select
    table_catalog as database_name,
    table_schema as schema_name,
    table_name,
    null::varchar as table_acl,
    replace(table_type, 'BASE ', '')::varchar as table_type,
    remarks
from redshift_catalog.svv_tables;

create or replace view redshift_catalog.svv_all_columns as
select
    table_catalog as database_name,
    table_schema as schema_name,
    table_name,
    column_name,
    ordinal_position,
    column_default,
    is_nullable,
    data_type,
    character_maximum_length,
    numeric_precision,
    numeric_scale,
    remarks
from redshift_catalog.svv_columns;

create or replace function redshift_private.row_count(relation regclass) returns bigint
language plpgsql stable as
$$
declare
    counted bigint;
begin
    execute format('select count(*) from %s', relation) into counted;
    return counted;
end
$$;

create or replace view redshift_catalog.svv_table_info as
select
    current_database()::text as database,
    n.nspname::text as schema,
    c.oid as table_id,
    c.relname::text as "table",
    null::text as encoded,
    coalesce(
        'KEY(' || (
            select a.attname::text
            from pg_attribute as a
            where
                a.attrelid = c.oid
                and redshift_private.attribute(c.oid, 'distkey')::integer = a.attnum
        ) || ')',
        redshift_private.attribute(c.oid, 'diststyle')
    ) as diststyle,
    (
        select a.attname::text
        from pg_attribute as a
        where
            a.attrelid = c.oid
            and redshift_private.attribute(c.oid, 'sortkey', a.attnum::text)::integer = 1
    ) as sortkey1,
    null::bigint as size,
    null::numeric(10, 4) as pct_used,
    null::numeric(5, 2) as unsorted,
    null::numeric(5, 2) as stats_off,
    redshift_private.row_count(c.oid)::numeric(38, 0) as tbl_rows
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where
    c.relkind = 'r'
    and n.nspname not in ('pg_catalog', 'information_schema', 'redshift_private')
    and left(n.nspname, 8) <> 'pg_toast'
    and has_table_privilege(c.oid, 'select');

-- The user's own sessions, with the running or the last statement of each.
-- Source: Redshift's manual, "STV_RECENTS"
create or replace view redshift_catalog.stv_recents as
select
    usesysid::integer as userid,
    (case state when 'active' then 'Running' else 'Done' end)::char(20) as status,
    (query_start at time zone 'UTC')::timestamp as starttime,
    (extract(epoch from
        case state when 'active' then clock_timestamp() else state_change end - query_start
    ) * 1000000)::integer as duration,
    usename::char(50) as user_name,
    datname::char(50) as db_name,
    query::char(600) as query,
    pid
from pg_stat_activity
where datname = current_database() and usename = current_user and query <> '';

-- There are no external schemas, tables or columns, so these views are empty.
create or replace view redshift_catalog.svv_external_schemas as
select
    oid as esoid,
    null::smallint as eskind,
    nspname::varchar as schemaname,
    nspowner::integer as esowner,
    null::varchar as databasename,
    null::varchar as esoptions
from pg_namespace
where false;

create or replace view redshift_catalog.svv_external_tables as
select
    null::text as redshift_database_name,
    null::text as schemaname,
    null::text as tablename,
    null::text as tabletype,
    null::text as location,
    null::text as input_format,
    null::text as output_format,
    null::text as serialization_lib,
    null::text as serde_parameters,
    null::integer as compressed,
    null::text as parameters
where false;

create or replace view redshift_catalog.svv_external_columns as
select
    null::text as redshift_database_name,
    null::text as schemaname,
    null::text as tablename,
    null::text as columnname,
    null::text as external_type,
    null::integer as columnnum,
    null::integer as part_key,
    null::text as is_nullable
where false;

-- Views WITH NO SCHEMA BINDING are plain views here.
create or replace function redshift_catalog.pg_get_late_binding_view_cols()
returns setof record
language sql stable as $$ select null::record where false $$;

grant select on all tables in schema redshift_catalog to public;
