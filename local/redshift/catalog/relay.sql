-- What statements of the relay's own call, and no client.
create schema if not exists redshift_relay;
grant usage on schema redshift_relay to public;

-- How many rows of the target of a MERGE one row of its source matches.
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

-- LISTAGG gives a VARCHAR, of 65,535 bytes at most.
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
