-- Functions that only the relay's rewritten statements call.
create schema if not exists redshift_relay;
grant usage on schema redshift_relay to public;

-- Checks how many target rows of a MERGE one source row matches.
create or replace function redshift_relay.check_matches(most bigint) returns boolean
language plpgsql volatile as
$$
begin
    if most > 1 then
        raise exception 'MERGE: rows in the source table can''t match multiple rows in the target'
            ' table';
    end if;
    return true;
end
$$;

-- LISTAGG returns a VARCHAR of at most 65,535 bytes.
create or replace function redshift_relay.within_listagg(joined text) returns text
language plpgsql immutable strict as
$$
begin
    if octet_length(joined) > 65535 then
        raise exception 'Result size exceeds LISTAGG limit'
            using detail = format('LISTAGG limit: 65535, result: %s bytes', octet_length(joined));
    end if;
    return joined;
end
$$;
