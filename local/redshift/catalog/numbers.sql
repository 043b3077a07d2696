-- Numeric functions, AVG, standard deviation and variance.
-- Source: Redshift's manual, "Math functions", "AVG function", "STRTOL function", "STDDEV_SAMP and
-- STDDEV_POP functions" and "VAR_SAMP and VAR_POP functions"

create or replace function redshift_catalog.trunc(moment timestamp) returns date
language sql immutable strict return moment::date;
create or replace function redshift_catalog.trunc(moment date) returns date
language sql immutable strict return moment;
create or replace function redshift_catalog.trunc(moment timestamptz) returns date
language sql stable strict return moment::date;
create or replace function redshift_catalog.trunc(value numeric) returns numeric
language sql immutable strict return pg_catalog.trunc(value);
create or replace function redshift_catalog.trunc(value double precision)
returns double precision
language sql immutable strict return pg_catalog.trunc(value);
create or replace function redshift_catalog.trunc(value numeric, places integer) returns numeric
language sql immutable strict return pg_catalog.trunc(value, places);
create or replace function redshift_catalog.trunc(value double precision, places integer)
returns double precision
language sql immutable strict return pg_catalog.trunc(value::numeric, places);

create or replace function redshift_catalog.round(value numeric) returns numeric
language sql immutable strict return pg_catalog.round(value);
create or replace function redshift_catalog.round(value double precision)
returns double precision
language sql immutable strict return pg_catalog.round(value::numeric);
create or replace function redshift_catalog.round(value numeric, places integer) returns numeric
language sql immutable strict return pg_catalog.round(value, places);
create or replace function redshift_catalog.round(value double precision, places integer)
returns double precision
language sql immutable strict return pg_catalog.round(value::numeric, places);

create or replace function redshift_catalog.log(value double precision)
returns double precision
language sql immutable strict return pg_catalog.log(value);

create or replace function redshift_catalog.strtol(value text, base integer) returns bigint
language plpgsql immutable strict as
$$
declare
    digits text := lower(btrim(value));
    negative boolean := digits like '-%';
    result numeric := 0;
    digit integer;
begin
    if base not between 2 and 36 then
        raise exception 'STRTOL: base % is not between 2 and 36', base;
    end if;
    digits := ltrim(digits, '+-');
    if base = 16 and digits like '0x%' then
        digits := substring(digits from 3);
    end if;
    for i in 1..length(digits) loop
        digit := strpos('0123456789abcdefghijklmnopqrstuvwxyz', substring(digits from i for 1)) - 1;
        if digit not between 0 and base - 1 then
            raise exception 'STRTOL: % is not a number of base %', value, base
                using errcode = 'invalid_text_representation';
        end if;
        result := result * base + digit;
    end loop;
    return case when negative then -result else result end;
end
$$;

-- AVG of integers is a truncated BIGINT; AVG of a decimal has its argument's decimal places.
create or replace function redshift_private.whole_average(state bigint[]) returns bigint
language sql immutable strict
return case when state[1] > 0 then state[2] / state[1] end;

create or replace aggregate redshift_catalog.avg (smallint) (
    sfunc = pg_catalog.int2_avg_accum, stype = bigint[], initcond = '{0,0}',
    finalfunc = redshift_private.whole_average
);
create or replace aggregate redshift_catalog.avg (integer) (
    sfunc = pg_catalog.int4_avg_accum, stype = bigint[], initcond = '{0,0}',
    finalfunc = redshift_private.whole_average
);

create or replace function redshift_private.add_to_average(state numeric[], value numeric)
returns numeric[]
language sql immutable
return case
    when value is null then state
    else array[state[1] + 1, state[2] + value, greatest(state[3], pg_catalog.scale(value))]
end;

create or replace function redshift_private.decimal_average(state numeric[]) returns numeric
language sql immutable strict
return case when state[1] > 0 then pg_catalog.trunc(state[2] / state[1], state[3]::integer) end;

create or replace function redshift_private.big_average(state numeric[]) returns bigint
language sql immutable strict
return case when state[1] > 0 then pg_catalog.div(state[2], state[1]) end::bigint;

create or replace function redshift_private.add_to_big_average(state numeric[], value bigint)
returns numeric[]
language sql immutable
return redshift_private.add_to_average(state, value::numeric);

create or replace aggregate redshift_catalog.avg (numeric) (
    sfunc = redshift_private.add_to_average, stype = numeric[], initcond = '{0,0,0}',
    finalfunc = redshift_private.decimal_average
);
create or replace aggregate redshift_catalog.avg (bigint) (
    sfunc = redshift_private.add_to_big_average, stype = numeric[], initcond = '{0,0,0}',
    finalfunc = redshift_private.big_average
);
create or replace aggregate redshift_catalog.avg (real) (
    sfunc = pg_catalog.float4_accum, stype = double precision[], initcond = '{0,0,0}',
    finalfunc = pg_catalog.float8_avg
);
create or replace aggregate redshift_catalog.avg (double precision) (
    sfunc = pg_catalog.float8_accum, stype = double precision[], initcond = '{0,0,0}',
    finalfunc = pg_catalog.float8_avg
);

-- These functions always compute in DOUBLE PRECISION.
create or replace aggregate redshift_catalog.stddev (double precision) (
    sfunc = pg_catalog.float8_accum, stype = double precision[], initcond = '{0,0,0}',
    finalfunc = pg_catalog.float8_stddev_samp
);
create or replace aggregate redshift_catalog.stddev_samp (double precision) (
    sfunc = pg_catalog.float8_accum, stype = double precision[], initcond = '{0,0,0}',
    finalfunc = pg_catalog.float8_stddev_samp
);
create or replace aggregate redshift_catalog.stddev_pop (double precision) (
    sfunc = pg_catalog.float8_accum, stype = double precision[], initcond = '{0,0,0}',
    finalfunc = pg_catalog.float8_stddev_pop
);
create or replace aggregate redshift_catalog.variance (double precision) (
    sfunc = pg_catalog.float8_accum, stype = double precision[], initcond = '{0,0,0}',
    finalfunc = pg_catalog.float8_var_samp
);
create or replace aggregate redshift_catalog.var_samp (double precision) (
    sfunc = pg_catalog.float8_accum, stype = double precision[], initcond = '{0,0,0}',
    finalfunc = pg_catalog.float8_var_samp
);
create or replace aggregate redshift_catalog.var_pop (double precision) (
    sfunc = pg_catalog.float8_accum, stype = double precision[], initcond = '{0,0,0}',
    finalfunc = pg_catalog.float8_var_pop
);
