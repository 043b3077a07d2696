-- String functions.
-- Source: Redshift's manual, "String functions"

create or replace function redshift_catalog.len(value text) returns integer
language sql immutable strict return length(value);

create or replace function redshift_catalog.charindex(part text, value text) returns integer
language sql immutable strict return strpos(value, part);

create or replace function redshift_catalog.replicate(value text, times integer) returns text
language sql immutable strict return repeat(value, times);

create or replace function redshift_catalog.concat(first text, second text) returns text
language sql immutable strict return first || second;

-- "If the input expressions are of different types, Amazon Redshift tries to implicitly type
-- casts one of the expressions."
create or replace function redshift_catalog.concat(first text, second numeric) returns text
language sql immutable strict return first || second::text;
create or replace function redshift_catalog.concat(first numeric, second text) returns text
language sql immutable strict return first::text || second;

-- The position of the substring in bytes.
create or replace function redshift_catalog.octetindex(part text, value text) returns integer
language sql immutable strict
return position(convert_to(part, 'UTF8') in convert_to(value, 'UTF8'));

create or replace function redshift_catalog.split_part(value text, delimiter text, part integer)
returns text
language sql immutable strict
return case
    when part > 0 then pg_catalog.split_part(value, delimiter, part)
    else redshift_private.refuse('SPLIT_PART: the field position must be greater than zero')::text
end;

-- Flags: i and c are as in PostgreSQL; p (Perl patterns) applies to all PostgreSQL patterns; e
-- (only in REGEXP_SUBSTR) returns the first subexpression.
create or replace function redshift_private.pattern_flags(flags text) returns text
language sql immutable strict
return case
    when flags ~ '^[icpe]*$' then translate(flags, 'pe', '')
    else redshift_private.refuse('unknown flags of a regular expression: ' || flags)::text
end;

create or replace function redshift_catalog.regexp_count(
    value text, pattern text, start integer default 1, flags text default 'c'
) returns integer
language sql immutable strict
return pg_catalog.regexp_count(
    value, pattern, start, redshift_private.pattern_flags(flags)
);

create or replace function redshift_catalog.regexp_instr(
    value text,
    pattern text,
    start integer default 1,
    occurrence integer default 1,
    ending integer default 0,
    flags text default 'c'
) returns integer
language sql immutable strict
return pg_catalog.regexp_instr(
    value, pattern, start, occurrence, ending, redshift_private.pattern_flags(flags),
    case when flags like '%e%' then 1 else 0 end
);

create or replace function redshift_catalog.regexp_substr(
    value text,
    pattern text,
    start integer default 1,
    occurrence integer default 1,
    flags text default 'c'
) returns text
language sql immutable strict
return coalesce(pg_catalog.regexp_substr(
    value, pattern, start, occurrence, redshift_private.pattern_flags(flags),
    case when flags like '%e%' then 1 else 0 end
), '');

-- Replaces every occurrence. $1 in the replacement is a subexpression, as in Perl.
create or replace function redshift_catalog.regexp_replace(
    value text,
    pattern text,
    replacement text default '',
    start integer default 1,
    flags text default 'c'
) returns text
language sql immutable strict
return pg_catalog.regexp_replace(
    value,
    pattern,
    pg_catalog.regexp_replace(replacement, E'[$]([0-9])', E'\\\\\\1', 'g'),
    start,
    0,
    redshift_private.pattern_flags(flags)
);

-- The first letter, and three digits for the sounds of the following letters.
create or replace function redshift_catalog.soundex(value text) returns text
language plpgsql immutable strict as
$$
declare
    letters constant text := upper(regexp_replace(value, '[^A-Za-z]', '', 'g'));
    sounds constant text := translate(
        letters, 'AEIOUYHWBFPVCGJKQSXZDTLMNR', '000000--111122222222334556'
    );
    coded text := left(letters, 1);
    last text := left(sounds, 1);
    sound text;
begin
    for place in 2..length(letters) loop
        sound := substring(sounds from place for 1);
        continue when sound = '-';
        if sound <> '0' and sound <> last then
            coded := coded || sound;
        end if;
        last := sound;
    end loop;
    return rpad(left(coded, 4), case when coded = '' then 0 else 4 end, '0');
end
$$;

create or replace function redshift_catalog.difference(first text, second text) returns integer
language sql immutable strict
return (
    select count(*)
    from generate_series(1, 4) as place
    where
        substring(redshift_catalog.soundex(first) from place for 1)
        = substring(redshift_catalog.soundex(second) from place for 1)
);
