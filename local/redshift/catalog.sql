-- The functions and views that Redshift adds to PostgreSQL's catalog. The schema precedes
-- pg_catalog on the database's search path, so that version() is Redshift's.
create schema if not exists redshift_catalog;
grant usage on schema redshift_catalog to public;

-- Ids in SYS views and ids in STL views have separate ranges, so that a query that confuses
-- them finds nothing.
create schema if not exists redshift_private;
create sequence if not exists redshift_private.stl_query_id
minvalue 1000 maxvalue 999999999;
create sequence if not exists redshift_private.sys_query_id
minvalue 1000000000;

-- Earlier versions had one sequence for both, and tables instead of views. Their rows are
-- local history and may be deleted.
drop sequence if exists redshift_catalog.query_id;
do $$
declare
    earlier regclass;
begin
    for earlier in
        select oid from pg_catalog.pg_class
        where relnamespace = 'redshift_catalog'::regnamespace and relkind = 'r'
    loop
        execute format('drop table %s cascade', earlier);
    end loop;
end
$$;

-- Source: Redshift's manual, SYS_LOAD_HISTORY
create table if not exists redshift_private.load_history (
    user_id integer,
    query_id bigint not null,
    transaction_id bigint,
    session_id integer,
    database_name text,
    status text,
    table_name text,
    start_time timestamp,
    end_time timestamp,
    duration bigint,
    data_source text,
    file_format text,
    loaded_rows bigint,
    loaded_bytes bigint,
    source_file_count integer,
    source_file_bytes bigint,
    file_count_scanned integer,
    file_bytes_scanned bigint,
    error_count bigint,
    copy_job_id bigint,
    written_at timestamptz not null default now()
);
create index if not exists load_history_query_id
on redshift_private.load_history (query_id);

-- Source: Redshift's manual, SYS_LOAD_DETAIL
create table if not exists redshift_private.load_detail (
    user_id integer,
    query_id bigint not null,
    file_name char(256),
    bytes_scanned bigint,
    lines_scanned bigint,
    record_time timestamp,
    splits_scanned integer,
    start_time timestamp,
    end_time timestamp,
    written_at timestamptz not null default now()
);
create index if not exists load_detail_query_id
on redshift_private.load_detail (query_id);

-- Source: Redshift's manual, SYS_LOAD_ERROR_DETAIL
create table if not exists redshift_private.load_error_detail (
    user_id integer,
    query_id bigint not null,
    transaction_id bigint,
    session_id integer,
    database_name char(64),
    table_id integer,
    start_time timestamp,
    file_name char(256),
    line_number bigint,
    column_name char(127),
    column_type char(10),
    column_length char(10),
    position integer,
    error_code integer,
    error_message char(512),
    written_at timestamptz not null default now()
);
alter table redshift_private.load_error_detail
add column if not exists stl_query_id bigint,
add column if not exists raw_field_value text,
add column if not exists raw_line text;
create index if not exists load_error_detail_query_id
on redshift_private.load_error_detail (query_id);

-- Rows appear in a view `redshift.system_view_lag` seconds after they were written.
create or replace function redshift_private.is_visible(written_at timestamptz) returns boolean
language sql stable as
$$
select written_at <= statement_timestamp() - make_interval(
    secs => coalesce(nullif(current_setting('redshift.system_view_lag', true), ''), '0')::float8
)
$$;

create or replace view redshift_catalog.sys_load_history as
select
    user_id,
    query_id,
    transaction_id,
    session_id,
    database_name,
    status,
    table_name,
    start_time,
    end_time,
    duration,
    data_source,
    file_format,
    loaded_rows,
    loaded_bytes,
    source_file_count,
    source_file_bytes,
    file_count_scanned,
    file_bytes_scanned,
    error_count,
    copy_job_id
from redshift_private.load_history
where redshift_private.is_visible(written_at);

create or replace view redshift_catalog.sys_load_detail as
select
    user_id,
    query_id,
    file_name,
    bytes_scanned,
    lines_scanned,
    record_time,
    splits_scanned,
    start_time,
    end_time
from redshift_private.load_detail
where redshift_private.is_visible(written_at);

create or replace view redshift_catalog.sys_load_error_detail as
select
    user_id,
    query_id,
    transaction_id,
    session_id,
    database_name,
    table_id,
    start_time,
    file_name,
    line_number,
    column_name,
    column_type,
    column_length,
    position,
    error_code,
    error_message
from redshift_private.load_error_detail
where redshift_private.is_visible(written_at);

-- Source: Redshift's manual, STL_LOAD_ERRORS. There is one slice. raw_line is NULL if
-- PostgreSQL refused the value, since the record is no longer available then.
create or replace view redshift_catalog.stl_load_errors as
select
    user_id as userid,
    0::integer as slice,
    table_id as tbl,
    start_time as starttime,
    session_id as session,
    stl_query_id::integer as query,
    file_name as filename,
    line_number,
    column_name as colname,
    column_type as type,
    column_length as col_length,
    position,
    raw_line::char(1024) as raw_line,
    raw_field_value::char(1024) as raw_field_value,
    error_code as err_code,
    error_message::char(100) as err_reason,
    0::integer as is_partial,
    0::bigint as start_offset,
    0::bigint as copy_job_id
from redshift_private.load_error_detail
where redshift_private.is_visible(written_at);

grant select on all tables in schema redshift_catalog to public;
grant set on parameter redshift.system_view_lag to public;

create or replace function redshift_catalog.version() returns text
language sql immutable as
$$ select 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.local' $$;

-- These functions report on the current session. PG_LAST_COPY_ID returns an id of STL views.
-- Source: Redshift's manual, "PG_LAST_COPY_ID", "PG_LAST_COPY_COUNT", "LAST_USER_QUERY_ID"
create or replace function redshift_catalog.pg_last_copy_id() returns bigint
language sql stable as
$$ select coalesce(nullif(current_setting('redshift.last_copy_id', true), ''), '-1')::bigint $$;

create or replace function redshift_catalog.pg_last_copy_count() returns bigint
language sql stable as
$$ select coalesce(nullif(current_setting('redshift.last_copy_count', true), ''), '0')::bigint $$;

create or replace function redshift_catalog.last_user_query_id() returns bigint
language sql stable as
$$ select coalesce(nullif(current_setting('redshift.last_query_id', true), ''), '-1')::bigint $$;
