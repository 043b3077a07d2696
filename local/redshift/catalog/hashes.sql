-- Hash functions.
-- Source: Redshift's manual, "Hash functions"; FNV-1a as published by Fowler, Noll and Vo;
-- SHA-1 by FIPS 180-4, since PostgreSQL has it only in an extension

-- Despite its name it uses the polynomial of CRC-32C.
create or replace function redshift_catalog.crc32(value text) returns text
language sql immutable strict
return lpad(to_hex(pg_catalog.crc32c(convert_to(value, 'UTF8'))), 8, '0');

create or replace function redshift_catalog.sha2(value text, bits integer) returns text
language sql immutable strict
return encode(case
    when bits in (0, 256) then sha256(convert_to(value, 'UTF8'))
    when bits = 224 then sha224(convert_to(value, 'UTF8'))
    when bits = 384 then sha384(convert_to(value, 'UTF8'))
    when bits = 512 then sha512(convert_to(value, 'UTF8'))
end, 'hex');

create or replace function redshift_catalog.sha1(value text) returns text
language plpgsql immutable strict as
$$
declare
    message bytea := convert_to(value, 'UTF8');
    size constant bigint := length(message) * 8;
    h bigint[] := array[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
    w bigint[];
    a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; next_a bigint;
begin
    message := message || decode('80', 'hex');
    message := message
        || decode(repeat('00', mod(120 - mod(length(message), 64), 64)), 'hex')
        || int8send(size);
    for block in 0..length(message) / 64 - 1 loop
        for i in 0..79 loop
            if i < 16 then
                w[i] := 0;
                for j in 0..3 loop
                    w[i] := (w[i] << 8) | get_byte(message, block * 64 + i * 4 + j);
                end loop;
            else
                next_a := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
                w[i] := ((next_a << 1) | (next_a >> 31)) & 4294967295;
            end if;
        end loop;
        a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
        for i in 0..79 loop
            if i < 20 then
                f := (b & c) | ((~b) & d); k := 1518500249;
            elsif i < 40 then
                f := b # c # d; k := 1859775393;
            elsif i < 60 then
                f := (b & c) | (b & d) | (c & d); k := 2400959708;
            else
                f := b # c # d; k := 3395469782;
            end if;
            next_a := (((a << 5) | (a >> 27)) + (f & 4294967295) + e + k + w[i]) & 4294967295;
            e := d; d := c; c := ((b << 30) | (b >> 2)) & 4294967295; b := a; a := next_a;
        end loop;
        h := array[h[1] + a, h[2] + b, h[3] + c, h[4] + d, h[5] + e];
        for i in 1..5 loop
            h[i] := h[i] & 4294967295;
        end loop;
    end loop;
    return (select string_agg(lpad(to_hex(word), 8, '0'), '' order by place)
        from unnest(h) with ordinality as words (word, place));
end
$$;

create or replace function redshift_catalog.sha(value text) returns text
language sql immutable strict return redshift_catalog.sha1(value);
create or replace function redshift_catalog.func_sha1(value text) returns text
language sql immutable strict return redshift_catalog.sha1(value);

create or replace function redshift_private.fnv(value bytea, seed bigint) returns bigint
language plpgsql immutable as
$$
declare
    two_to_64 constant numeric := 18446744073709551616;
    hash numeric := mod(seed + two_to_64, two_to_64);
    low integer;
begin
    if value is null then
        raise exception 'FNV_HASH of NULL is not emulated by the local endpoint'
            using errcode = 'feature_not_supported';
    end if;
    for i in 0..length(value) - 1 loop
        low := mod(hash, 256)::integer;
        hash := mod((hash - low + (low # get_byte(value, i))) * 1099511628211, two_to_64);
    end loop;
    return case when hash >= two_to_64 / 2 then hash - two_to_64 else hash end;
end
$$;

create or replace function redshift_private.reversed(value bytea) returns bytea
language sql immutable strict
return (
    select string_agg(substring(value from place for 1), '' order by place desc)
    from generate_series(1, length(value)) as place
);

create or replace function redshift_catalog.fnv_hash(
    value text, seed bigint default -3750763034362895579
) returns bigint
language sql immutable return redshift_private.fnv(convert_to(value, 'UTF8'), seed);
create or replace function redshift_catalog.fnv_hash(
    value smallint, seed bigint default -3750763034362895579
) returns bigint
language sql immutable
return redshift_private.fnv(redshift_private.reversed(int2send(value)), seed);
create or replace function redshift_catalog.fnv_hash(
    value integer, seed bigint default -3750763034362895579
) returns bigint
language sql immutable
return redshift_private.fnv(redshift_private.reversed(int4send(value)), seed);
create or replace function redshift_catalog.fnv_hash(
    value bigint, seed bigint default -3750763034362895579
) returns bigint
language sql immutable
return redshift_private.fnv(redshift_private.reversed(int8send(value)), seed);
