-- EXTRACT and DATE_PART return integers, but double precision for a timestamp with time zone.
-- Milliseconds and microseconds do not include the larger parts, unlike in PostgreSQL.
-- Source: Redshift's manual, "EXTRACT function" and "Date parts for date or timestamp functions"

create or replace function redshift_private.only_part(part text, value double precision)
returns double precision
language sql immutable
return case part
    when 'millisecond' then floor(value)::numeric % 1000
    when 'microsecond' then floor(value)::numeric % 1000
    else floor(value)
end;

create or replace function redshift_catalog.extract_part(part text, moment timestamp)
returns integer
language sql immutable
return redshift_private.only_part(part, pg_catalog.date_part(part, moment))::integer;

create or replace function redshift_catalog.extract_part(part text, moment date) returns integer
language sql immutable
return redshift_catalog.extract_part(part, moment::timestamp);

create or replace function redshift_catalog.extract_part(part text, moment time) returns integer
language sql immutable
return redshift_private.only_part(part, pg_catalog.date_part(part, moment))::integer;

create or replace function redshift_catalog.extract_part(part text, moment timetz)
returns integer
language sql immutable
return redshift_private.only_part(part, pg_catalog.date_part(part, moment))::integer;

create or replace function redshift_catalog.extract_part(part text, moment interval)
returns integer
language sql immutable
return redshift_private.only_part(part, pg_catalog.date_part(part, moment))::integer;

create or replace function redshift_catalog.extract_part(part text, moment timestamptz)
returns double precision
language sql stable
return redshift_private.only_part(part, pg_catalog.date_part(part, moment));
