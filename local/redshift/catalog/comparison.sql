-- Makes PostgreSQL compare and store texts as Redshift does. The rules are replaced in this
-- database's system catalog, so that they apply to every statement.
-- Source: Redshift's manual, "Character types", "Significance of trailing blanks"

set allow_system_table_mods = on;

-- Comparisons ignore trailing blanks of a VARCHAR: text gets the functions of CHAR.
do $$
declare
    changed integer;
begin
    update pg_operator as o
    set oprcode = b.oprcode
    from pg_operator as b
    where
        o.oprleft = 'text'::regtype and o.oprright = 'text'::regtype
        and b.oprleft = 'bpchar'::regtype and b.oprright = 'bpchar'::regtype
        and o.oprname = b.oprname
        and o.oprname in ('=', '<>', '<', '<=', '>', '>=')
        and o.oprcode <> b.oprcode;
    get diagnostics changed = row_count;
    if changed not in (0, 6) then
        raise exception 'comparison of texts: % operators changed, not 6', changed;
    end if;

    -- The B-tree functions compare and sort. There are two hash functions.
    update pg_amproc as p
    set amproc = c.amproc
    from pg_amproc as c, pg_opfamily as texts, pg_opfamily as chars
    where
        texts.oid = p.amprocfamily and texts.opfname = 'text_ops'
        and chars.oid = c.amprocfamily and chars.opfname = 'bpchar_ops'
        and texts.opfmethod = chars.opfmethod
        and p.amproclefttype = 'text'::regtype and p.amprocrighttype = 'text'::regtype
        and c.amproclefttype = 'bpchar'::regtype and c.amprocrighttype = 'bpchar'::regtype
        and p.amprocnum = c.amprocnum
        and p.amproc <> c.amproc;
    get diagnostics changed = row_count;
    if changed not in (0, 4) then
        raise exception 'comparison of texts: % index functions changed, not 4', changed;
    end if;

    -- Equal texts may differ in trailing blanks, so B-tree deduplication must be off: it
    -- would keep only one of them.
    delete from pg_amproc as p
    using pg_opfamily as f, pg_am as m
    where
        f.oid = p.amprocfamily and f.opfname = 'text_ops'
        and m.oid = f.opfmethod and m.amname = 'btree'
        and p.amproclefttype = 'text'::regtype and p.amprocrighttype = 'text'::regtype
        and p.amprocnum = 4;
    get diagnostics changed = row_count;
    if changed not in (0, 1) then
        raise exception 'comparison of texts: % rows deleted, not 1', changed;
    end if;
end
$$;

-- VARCHAR (n) has n bytes. Excess blanks are removed; an explicit cast removes any excess.
-- Not an SQL function: if inlined, CREATE TABLE AS would lose the column's length.
create or replace function redshift_private.fit(value varchar, modifier integer, explicit boolean)
returns varchar
language plpgsql immutable strict as
$$
declare
    size constant integer := modifier - 4;
    fitting varchar;
begin
    if octet_length(value) <= size then
        return value;
    end if;
    fitting := left(value, size);
    while octet_length(fitting) > size loop
        -- A character has at most four bytes.
        fitting := left(fitting, -ceil((octet_length(fitting) - size) / 4.0)::integer);
    end loop;
    if not explicit and btrim(substring(value from length(fitting) + 1), ' ') <> '' then
        raise exception 'value too long for type character varying(%)', size
            using errcode = 'string_data_right_truncation';
    end if;
    return fitting;
end
$$;

do $$
declare
    changed integer;
begin
    update pg_cast
    set castfunc = 'redshift_private.fit(varchar, integer, boolean)'::regprocedure
    where castsource = 'varchar'::regtype and casttarget = 'varchar'::regtype;
    get diagnostics changed = row_count;
    if changed <> 1 then
        raise exception 'length of texts: % casts changed, not 1', changed;
    end if;
end
$$;

reset allow_system_table_mods;
