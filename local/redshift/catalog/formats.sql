-- TO_DATE and TO_TIMESTAMP: a day, hour, minute or second out of range carries over into the
-- next month, day, hour or minute, unless the third argument makes it an error.
-- Source: Redshift's manual, "TO_DATE function" and "TO_TIMESTAMP function"

create or replace function redshift_catalog.to_timestamp(
    value text, format text, is_strict boolean default false
) returns timestamptz
language plpgsql stable strict as
$$
declare
    fields constant text[] := '{DD,HH,MI,SS}';
    steps constant interval[] := '{1 day,1 hour,1 minute,1 second}';
    first_values constant text[] := '{01,00,00,00}';
    layout constant text := replace(upper(format), 'HH24', 'HH');
    within text := value;
    surplus interval := '0';
    at integer;
begin
    return pg_catalog.to_timestamp(value, format);
exception when datetime_field_overflow then
    if is_strict
        or length(layout) <> length(value)
        or layout !~ '^([^A-Z]|YYYY|MM|DD|HH|MI|SS)*$'
        or layout ~ 'HH' and upper(format) !~ 'HH24'
    then
        raise;
    end if;
    for i in 1..4 loop
        at := strpos(layout, fields[i]);
        if at > 0 then
            surplus := surplus
                + steps[i] * (substring(value from at for 2)::integer - first_values[i]::integer);
            within := overlay(within placing first_values[i] from at for 2);
        end if;
    end loop;
    return pg_catalog.to_timestamp(within, format) + surplus;
end
$$;

create or replace function redshift_catalog.to_date(
    value text, format text, is_strict boolean default false
) returns date
language sql stable strict
return redshift_catalog.to_timestamp(value, format, is_strict)::date;

create or replace function redshift_catalog.try_cast(value text, kind text, sample anyelement)
returns anyelement
language plpgsql stable as
$$
declare
    result sample%type;
begin
    execute format('select cast(%L as %s)', value, kind) into result;
    return result;
exception when data_exception then
    return null;
end
$$;
