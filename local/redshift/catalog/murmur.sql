-- MURMUR3_32_HASH: every integer is hashed as 8 bytes. Moments count microseconds, and dates
-- days, since 1970. Other types than these are refused, and so is a seed: of the two results
-- that the manual prints for one, Murmur3A gives one only.
-- Source: Redshift's manual, "MURMUR3_32_HASH" (newer pages than those of 2023, which print the
-- values of FNV_HASH), and Apache Iceberg's specification, "32-bit Hash Requirements"

create or replace function redshift_private.murmur_times(first bigint, second bigint)
returns bigint
language sql immutable strict
return (
    (first * (second & 65535)) + (((first * (second >> 16)) & 65535) << 16)
) & 4294967295;

create or replace function redshift_private.murmur_rotate(value bigint, bits integer)
returns bigint
language sql immutable strict
return ((value << bits) | (value >> (32 - bits))) & 4294967295;

create or replace function redshift_private.murmur_mix(block bigint) returns bigint
language sql immutable strict
return redshift_private.murmur_times(
    redshift_private.murmur_rotate(redshift_private.murmur_times(block, 3432918353), 15),
    461845907
);

create or replace function redshift_private.murmur(value bytea) returns integer
language plpgsql immutable security definer set search_path = pg_catalog as
$$
declare
    hash bigint := 0;
    size integer;
    block bigint := 0;
begin
    if value is null then
        raise exception 'MURMUR3_32_HASH of NULL is not imitated by the local endpoint'
            using errcode = 'feature_not_supported';
    end if;
    size := length(value);
    for place in 0..size - 1 loop
        block := block | (get_byte(value, place)::bigint << (place % 4 * 8));
        if place % 4 = 3 then
            hash := hash # redshift_private.murmur_mix(block);
            hash := redshift_private.murmur_rotate(hash, 13) * 5 + 3864292196 & 4294967295;
            block := 0;
        end if;
    end loop;
    hash := hash # redshift_private.murmur_mix(block) # size;
    hash := redshift_private.murmur_times(hash # (hash >> 16), 2246822507);
    hash := redshift_private.murmur_times(hash # (hash >> 13), 3266489909);
    hash := hash # (hash >> 16);
    return case when hash > 2147483647 then hash - 4294967296 else hash end;
end
$$;

create or replace function redshift_catalog.murmur3_32_hash(value text)
returns integer
language sql immutable return redshift_private.murmur(convert_to(value, 'UTF8'));
create or replace function redshift_catalog.murmur3_32_hash(value bigint)
returns integer
language sql immutable
return redshift_private.murmur(redshift_private.reversed(int8send(value)));
create or replace function redshift_catalog.murmur3_32_hash(value integer)
returns integer
language sql immutable return redshift_catalog.murmur3_32_hash(value::bigint);
create or replace function redshift_catalog.murmur3_32_hash(value smallint) returns integer
language sql immutable return redshift_catalog.murmur3_32_hash(value::bigint);
create or replace function redshift_catalog.murmur3_32_hash(value date)
returns integer
language sql immutable
return redshift_catalog.murmur3_32_hash((value - date '1970-01-01')::bigint);
create or replace function redshift_catalog.murmur3_32_hash(value timestamp) returns integer
language sql immutable
return redshift_catalog.murmur3_32_hash(redshift_private.period('microsecond', value));
