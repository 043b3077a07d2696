-- Reads numbers in Teradata's notation, with a leading or trailing sign. Formats are refused.
-- Source: Redshift's manual, "TEXT_TO_INT_ALT" and "TEXT_TO_NUMERIC_ALT"

create or replace function redshift_private.teradata_number(value text) returns numeric
language plpgsql immutable security definer set search_path = pg_catalog as
$$
declare
    written constant text := btrim(value);
begin
    if written = '' then
        return 0;
    elsif written !~ E'^[-+]?(\\d+[.]?\\d*|[.]\\d+)([eE][-+]?\\d+)?[-+]?$' then
        raise exception 'invalid input syntax for a number: %', value
            using errcode = 'invalid_text_representation';
    elsif written ~ '[-+]$' then
        return (right(written, 1) || left(written, -1))::numeric;
    end if;
    return written::numeric;
end
$$;

create or replace function redshift_catalog.text_to_int_alt(value text) returns integer
language sql immutable strict
return pg_catalog.trunc(redshift_private.teradata_number(value))::integer;

-- Rounds half to even.
create or replace function redshift_private.half_even(value numeric, places integer)
returns numeric
language sql immutable strict
return case
    when
        abs(value - pg_catalog.trunc(value, places)) = 0.5 * power(10::numeric, -places)
        and mod(pg_catalog.trunc(value * power(10::numeric, places)), 2) = 0
    then pg_catalog.trunc(value, places)
    else pg_catalog.round(value, places)
end;

create or replace function redshift_catalog.text_to_numeric_alt(
    value text, digits integer default 38, places integer default 0
) returns numeric
language plpgsql immutable strict security definer set search_path = pg_catalog as
$$
declare
    result constant numeric := redshift_private.half_even(
        redshift_private.teradata_number(value), places
    );
begin
    if abs(result) >= power(10::numeric, digits - places) then
        raise exception 'TEXT_TO_NUMERIC_ALT: % has more than % digits', value, digits
            using errcode = 'numeric_value_out_of_range';
    end if;
    return result;
end
$$;
