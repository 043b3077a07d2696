-- Functions for the window functions and ordered aggregates that PostgreSQL lacks. The relay
-- collects the values in an array, and one of these picks from the values that are not NULL.
-- Source: Redshift's manual, "Window functions", "MEDIAN", "PERCENTILE_CONT", "PERCENTILE_DISC"

create or replace function redshift_catalog.nth_of(collected anyarray, nth bigint)
returns anyelement
language sql immutable as $$ select (array_remove(collected, null))[nth] $$;

create or replace function redshift_catalog.nth_last_of(collected anyarray, nth bigint)
returns anyelement
language sql immutable as
$$
select present[cardinality(present) - nth + 1]
from (select array_remove(collected, null) as present) as picked
$$;

create or replace function redshift_private.percentile(collected numeric[], fraction numeric)
returns numeric
language sql immutable strict
return (
    with ranked as (
        select
            element,
            row_number() over (order by element) - 1 as place,
            (count(*) over () - 1) * fraction as wanted
        from unnest(collected) as element
        where element is not null
    )

    select min(element) + (max(element) - min(element)) * max(wanted - floor(wanted))
    from ranked
    where place in (floor(wanted), ceil(wanted))
);

create or replace function redshift_catalog.percentile_of(collected numeric[], fraction numeric)
returns numeric
language sql immutable return redshift_private.percentile(collected, fraction);
create or replace function redshift_catalog.percentile_of(collected smallint[], fraction numeric)
returns numeric
language sql immutable return redshift_private.percentile(collected::numeric[], fraction);
create or replace function redshift_catalog.percentile_of(collected integer[], fraction numeric)
returns numeric
language sql immutable return redshift_private.percentile(collected::numeric[], fraction);
create or replace function redshift_catalog.percentile_of(collected bigint[], fraction numeric)
returns numeric
language sql immutable return redshift_private.percentile(collected::numeric[], fraction);
create or replace function redshift_catalog.percentile_of(collected real[], fraction numeric)
returns double precision
language sql immutable return redshift_private.percentile(collected::numeric[], fraction);
create or replace function redshift_catalog.percentile_of(
    collected double precision[], fraction numeric
) returns double precision
language sql immutable return redshift_private.percentile(collected::numeric[], fraction);

create or replace function redshift_catalog.percentile_of(
    collected timestamp [], fraction numeric
) returns timestamp
language sql immutable
return timestamp 'epoch' + interval '1 second' * (
    select redshift_private.percentile(array_agg(extract(epoch from element)), fraction)
    from unnest(collected) as element
);

create or replace function redshift_catalog.element_at(collected anyarray, fraction numeric)
returns anyelement
language sql immutable as
$$
select element
from unnest(array_remove(collected, null)) as element
order by element
offset greatest(ceil(cardinality(array_remove(collected, null)) * fraction) - 1, 0)::bigint
limit 1
$$;

create or replace function redshift_catalog.joined(collected anyarray, separator text)
returns text
language sql stable as
$$
select redshift_relay.within_listagg(
    array_to_string(collected::text[], coalesce(separator, ''))  -- a CHAR without its blanks
)
where cardinality(array_remove(collected, null)) > 0
$$;
