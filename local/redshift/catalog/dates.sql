-- Redshift's date and time functions. The relay passes date parts by their full names: see
-- date_parts.py. Functions with a CASE over the part are not STRICT, since that would prevent
-- inlining; they return NULL for NULL anyway. Bodies after RETURN are bound when they are
-- created, so a client needs no privilege on redshift_private to call them.
-- Source: Redshift's manual, "Date and time functions"

-- VOLATILE, so that the planner does not call it for a CASE branch that is never taken.
create or replace function redshift_private.refuse(reason text) returns bigint
language plpgsql volatile as
$$ begin raise exception using message = reason, errcode = '0A000'; end $$;

-- Refuses a date part. A part is a constant, so the planner evaluates only one branch of a CASE
-- over it. IMMUTABLE, so that the functions that call this can be inlined.
create or replace function redshift_private.refuse_part(part text, caller text) returns bigint
language plpgsql immutable as
$$
begin
    raise exception '%', caller || ' with the date part ' || part || ' is not supported'
        using errcode = '0A000';
end
$$;

-- For DATEDIFF: the number of the period that contains a timestamp, from a fixed origin.
create or replace function redshift_private.period(part text, moment timestamp) returns bigint
language sql immutable
return case part
    when 'microsecond' then extract(epoch from moment) * 1000000
    when 'millisecond' then floor(extract(epoch from moment) * 1000)
    when 'second' then floor(extract(epoch from moment))
    when 'minute' then floor(extract(epoch from moment) / 60)
    when 'hour' then floor(extract(epoch from moment) / 3600)
    when 'day' then floor(extract(epoch from moment) / 86400)
    when 'month' then extract(year from moment) * 12 + extract(month from moment)
    when 'quarter' then extract(year from moment) * 4 + extract(quarter from moment)
    when 'year' then extract(year from moment)
    when 'decade' then floor(extract(year from moment) / 10)
    when 'century' then extract(century from moment)
    when 'millennium' then extract(millennium from moment)
    else redshift_private.refuse_part(part, 'DATEDIFF')
end::bigint;

-- The manual does not say whether a week begins on Sunday or on Monday.
create or replace function redshift_private.weeks_between(first timestamp, last timestamp)
returns bigint
language sql immutable strict
return case
    when floor((redshift_private.period('day', last) - 3) / 7.0)
    - floor((redshift_private.period('day', first) - 3) / 7.0)
    = floor((redshift_private.period('day', last) - 4) / 7.0)
    - floor((redshift_private.period('day', first) - 4) / 7.0)
    then floor((redshift_private.period('day', last) - 4) / 7.0)
    - floor((redshift_private.period('day', first) - 4) / 7.0)
    else redshift_private.refuse(
        'DATEDIFF by week is not emulated where Sunday or Monday as the first day matters'
    )
end::bigint;

create or replace function redshift_catalog.datediff(part text, first timestamp, last timestamp)
returns bigint
language sql immutable
return case part
    when 'week' then redshift_private.weeks_between(first, last)
    else redshift_private.period(part, last) - redshift_private.period(part, first)
end;

create or replace function redshift_catalog.datediff(part text, first date, last date)
returns bigint
language sql immutable
return redshift_catalog.datediff(part, first::timestamp, last::timestamp);

create or replace function redshift_catalog.datediff(
    part text, first timestamptz, last timestamptz
) returns bigint
language sql stable
return redshift_catalog.datediff(part, first::timestamp, last::timestamp);

create or replace function redshift_private.time_part(part text) returns text
language sql immutable
return case
    when part in ('hour', 'minute', 'second', 'millisecond', 'microsecond') then part
    else redshift_private.refuse_part(part, 'a time')::text
end;

create or replace function redshift_catalog.datediff(part text, first time, last time)
returns bigint
language sql immutable
return redshift_catalog.datediff(
    redshift_private.time_part(part), date '1970-01-01' + first, date '1970-01-01' + last
);

create or replace function redshift_catalog.datediff(part text, first timetz, last timetz)
returns bigint
language sql immutable
return redshift_catalog.datediff(
    part, (first at time zone 'UTC')::time, (last at time zone 'UTC')::time
);

-- DATEADD: a month later is the same day or the month's last; a year after February 29 is
-- March 1.
create or replace function redshift_private.add_years(moment timestamp, years bigint)
returns timestamp
language sql immutable
return moment + make_interval(years => years::integer) + case
    when
        extract(day from moment) = 29
        and extract(day from moment + make_interval(years => years::integer)) = 28
        then interval '1 day'
    else interval '0'
end;

create or replace function redshift_private.step(part text) returns interval
language sql immutable
return case part
    when 'week' then interval '7 days'
    when 'day' then interval '1 day'
    when 'hour' then interval '1 hour'
    when 'minute' then interval '1 minute'
    when 'second' then interval '1 second'
    when 'millisecond' then interval '1 millisecond'
    when 'microsecond' then interval '1 microsecond'
    else make_interval(secs => redshift_private.refuse_part(part, 'DATEADD'))
end;

create or replace function redshift_catalog.dateadd(part text, amount bigint, moment timestamp)
returns timestamp
language sql immutable
return case part
    when 'millennium' then redshift_private.add_years(moment, amount * 1000)
    when 'century' then redshift_private.add_years(moment, amount * 100)
    when 'decade' then redshift_private.add_years(moment, amount * 10)
    when 'year' then redshift_private.add_years(moment, amount)
    when 'quarter' then moment + make_interval(months => (amount * 3)::integer)
    when 'month' then moment + make_interval(months => amount::integer)
    else moment + redshift_private.step(part) * amount
end;

create or replace function redshift_catalog.dateadd(part text, amount bigint, moment date)
returns timestamp
language sql immutable
return redshift_catalog.dateadd(part, amount, moment::timestamp);

create or replace function redshift_catalog.dateadd(part text, amount bigint, moment timestamptz)
returns timestamptz
language sql stable
return case
    when part in ('hour', 'minute', 'second', 'millisecond', 'microsecond')
    then moment + redshift_private.step(part) * amount
    else redshift_catalog.dateadd(part, amount, moment::timestamp)::timestamptz
end;

create or replace function redshift_catalog.dateadd(part text, amount bigint, moment time)
returns time
language sql immutable
return moment + redshift_private.step(redshift_private.time_part(part)) * amount;

create or replace function redshift_catalog.dateadd(part text, amount bigint, moment timetz)
returns timetz
language sql immutable
return (moment at time zone 'UTC')
+ redshift_private.step(redshift_private.time_part(part)) * amount;

create or replace function redshift_catalog.add_months(moment timestamp, months bigint)
returns timestamp
language sql immutable
return case
    when extract(month from moment + interval '1 day') <> extract(month from moment)
    then date_trunc('month', moment) + make_interval(months => months::integer + 1)
    - interval '1 day' + moment::time
    else moment + make_interval(months => months::integer)
end;

create or replace function redshift_catalog.add_months(moment date, months bigint)
returns timestamp
language sql immutable
return redshift_catalog.add_months(moment::timestamp, months);

create or replace function redshift_catalog.last_day(moment timestamp) returns date
language sql immutable strict
return (date_trunc('month', moment) + interval '1 month - 1 day')::date;

create or replace function redshift_catalog.last_day(moment date) returns date
language sql immutable strict
return redshift_catalog.last_day(moment::timestamp);

-- Whole months between equal days or between last days of months; otherwise with a fraction in
-- 31sts of a month.
create or replace function redshift_catalog.months_between(later timestamp, earlier timestamp)
returns double precision
language sql immutable strict
return redshift_private.period('month', later) - redshift_private.period('month', earlier)
+ case
    when extract(day from later) = extract(day from earlier) then 0
    when
        later::date = redshift_catalog.last_day(later)
        and earlier::date = redshift_catalog.last_day(earlier)
        then 0
    else (
        extract(epoch from later - date_trunc('month', later))
        - extract(epoch from earlier - date_trunc('month', earlier))
    ) / (31 * 86400)
end;

create or replace function redshift_catalog.months_between(later date, earlier date)
returns double precision
language sql immutable strict
return redshift_catalog.months_between(later::timestamp, earlier::timestamp);

create or replace function redshift_catalog.next_day(moment timestamp, weekday text) returns date
language sql immutable strict
return moment::date + 1 + mod(6 - extract(dow from moment)::integer + case
    when lower(weekday) in ('su', 'sun', 'sunday') then 0
    when lower(weekday) in ('m', 'mo', 'mon', 'monday') then 1
    when lower(weekday) in ('tu', 'tue', 'tues', 'tuesday') then 2
    when lower(weekday) in ('w', 'we', 'wed', 'wednesday') then 3
    when lower(weekday) in ('th', 'thu', 'thurs', 'thursday') then 4
    when lower(weekday) in ('f', 'fr', 'fri', 'friday') then 5
    when lower(weekday) in ('sa', 'sat', 'saturday') then 6
    else redshift_private.refuse('NEXT_DAY does not know the day ' || weekday)
end::integer, 7);

create or replace function redshift_catalog.next_day(moment date, weekday text) returns date
language sql immutable strict
return redshift_catalog.next_day(moment::timestamp, weekday);

create or replace function redshift_catalog.date_part_year(moment date) returns integer
language sql immutable strict
return extract(year from moment)::integer;

-- DATE_TRUNC of a date is a timestamp; in PostgreSQL it has a time zone.
create or replace function redshift_catalog.date_trunc(part text, moment timestamp)
returns timestamp
language sql immutable strict
return pg_catalog.date_trunc(part, moment);

create or replace function redshift_catalog.date_trunc(part text, moment date) returns timestamp
language sql immutable strict
return pg_catalog.date_trunc(part, moment::timestamp);

create or replace function redshift_catalog.date_trunc(part text, moment timestamptz)
returns timestamptz
language sql stable strict
return pg_catalog.date_trunc(part, moment);

create or replace function redshift_catalog.convert_timezone(
    source text, target text, moment timestamp
) returns timestamp
language sql immutable strict
return (moment at time zone source) at time zone target;

create or replace function redshift_catalog.convert_timezone(target text, moment timestamp)
returns timestamp
language sql immutable strict
return (moment at time zone 'UTC') at time zone target;

create or replace function redshift_catalog.convert_timezone(target text, moment timestamptz)
returns timestamp
language sql immutable strict
return moment at time zone target;

create or replace function redshift_catalog.getdate() returns timestamp
language sql stable
return date_trunc('second', statement_timestamp()::timestamp);
