-- JSON functions on text.
-- Source: Redshift's manual, "JSON functions"

create or replace function redshift_catalog.is_valid_json(value text) returns boolean
language sql immutable strict return value is json object;

create or replace function redshift_catalog.is_valid_json_array(value text) returns boolean
language sql immutable strict return value is json array;

-- The bodies use IF: in an expression, the planner would convert a constant before the test.
create or replace function redshift_catalog.json_array_length(
    value text, null_if_invalid boolean default false
) returns integer
language plpgsql immutable strict as
$$
begin
    if null_if_invalid and value is not json array then
        return null;
    end if;
    return pg_catalog.json_array_length(value::json);
end
$$;

create or replace function redshift_catalog.json_extract_array_element_text(
    value text, place integer, null_if_invalid boolean default false
) returns text
language plpgsql immutable strict as
$$
begin
    if value is not json array then
        if null_if_invalid then
            return null;
        end if;
        raise exception 'JSON parsing error: not an array: %', left(value, 80);
    end if;
    if place < 0 then
        return null;
    end if;
    return value::json ->> place;
end
$$;

create or replace function redshift_catalog.json_extract_path_text(
    value text, null_if_invalid boolean, variadic path text []
) returns text
language plpgsql immutable as
$$
declare
    found json;
    key text;
begin
    if null_if_invalid and value is not json then
        return null;
    end if;
    found := value::json;
    foreach key in array path loop
        found := found -> key;  -- NULL of all but objects
    end loop;
    return found #>> '{}';
end
$$;

create or replace function redshift_catalog.json_extract_path_text(
    value text, variadic path text []
) returns text
language sql immutable
return redshift_catalog.json_extract_path_text(value, false, variadic path);
