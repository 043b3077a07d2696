-- Makes views read-only. PostgreSQL has updatable views since 9.3. Redshift is based on 8.0, and
-- has no rules that would make a view writable.

create or replace function redshift_private.refuse_write() returns trigger
language plpgsql as
$$
begin
    raise exception 'cannot change "%": it is a view', tg_table_name
        using errcode = 'feature_not_supported';
end
$$;

create or replace function redshift_private.guard_views() returns event_trigger
language plpgsql security definer set search_path = pg_catalog as
$$
declare
    made record;
begin
    for made in
        select distinct c.objid
        from pg_event_trigger_ddl_commands() as c
        where c.object_type = 'view' and c.schema_name not like 'redshift\_%'
    loop
        execute format(
            'create or replace trigger read_only instead of insert or update or delete on %s'
            ' for each row execute function redshift_private.refuse_write()',
            made.objid::regclass
        );
    end loop;
end
$$;

drop event trigger if exists guard_views;
create event trigger guard_views on ddl_command_end
when tag in ('CREATE VIEW') execute function redshift_private.guard_views();
