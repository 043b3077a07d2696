-- Source: Redshift's manual, "STV_DB_ISOLATION_LEVEL"
create or replace view redshift_catalog.stv_db_isolation_level as
select
    d.datname::char(128) as db_name,
    case s.setting
        when 'default_transaction_isolation=serializable' then 'Serializable'
        else 'Snapshot Isolation'
    end::char(20) as isolation_level
from pg_database as d
left join (
    select
        setdatabase,
        unnest(setconfig) as setting
    from pg_db_role_setting
    where setrole = 0
) as s on d.oid = s.setdatabase and s.setting like 'default_transaction_isolation=%'
where d.datname = current_database();

grant select on redshift_catalog.stv_db_isolation_level to public;
