-- Source: Redshift's manual, "SYS_QUERY_HISTORY". Transactions, labels, compilation and priorities
-- are not recorded: those columns are NULL. There are no queues.
create table if not exists redshift_private.query_history (
    user_id integer,
    query_id bigint primary key,
    session_id integer,
    database_name text,
    query_type text,
    status text,
    start_time timestamp,
    end_time timestamp,
    elapsed_time bigint,
    error_message text,
    returned_rows bigint,
    returned_bytes bigint,
    query_text text,
    written_at timestamptz not null
);
-- Deletes statements that ran when the endpoint stopped, and those older than a week: "SYS
-- views retain seven days".
delete from redshift_private.query_history
where status = 'running' or written_at < now() - interval '7 days';

create or replace view redshift_catalog.sys_query_history as
select
    user_id,
    query_id,
    null::char(320) as query_label,
    null::bigint as transaction_id,
    session_id,
    database_name::char(128) as database_name,
    query_type::char(32) as query_type,
    status::char(10) as status,
    false as result_cache_hit,
    start_time,
    end_time,
    elapsed_time,
    0::bigint as queue_time,
    elapsed_time as execution_time,
    error_message::char(512) as error_message,
    returned_rows,
    returned_bytes,
    query_text::char(4000) as query_text,
    redshift_catalog.version()::char(256) as redshift_version,
    null::char(150) as usage_limit,
    'primary'::varchar(32) as compute_type,
    null::bigint as compile_time,
    null::bigint as planning_time,
    null::bigint as lock_wait_time,
    null::integer as service_class_id,
    null::char(64) as service_class_name,
    null::varchar(20) as query_priority,
    null::varchar(10) as short_query_accelerated,
    null::char(40) as user_query_hash,
    null::char(40) as generic_query_hash,
    null::integer as query_hash_version,
    null::bigint as result_cache_query_id
from redshift_private.query_history
where
    redshift_private.is_visible(written_at)
    -- The endpoint's own user is Redshift's superuser, who sees all rows.
    and (
        session_user in ('awsuser', 'postgres')
        or user_id = (select oid::integer from pg_catalog.pg_roles where rolname = session_user)
    );
