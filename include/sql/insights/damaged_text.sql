-- Which names arrive damaged, and how should they read?
-- Grain: one text of one column. A text is damaged if it has the replacement
-- character �, or if it mixes lower-case letters with those that UTF-8 shows when
-- it is read in another encoding, as in BjÃ¶rk. text_repaired is null where the
-- repair is not certain.
{% from "macros.jinja" import asked_for %}
with

texts as (

    select
        cast('song' as varchar(16)) as column_name,
        song as text_logged,
        song_repaired as text_repaired
    from songplays
    where {{ asked_for("songplays") }}
    union all
    select
        cast('artist' as varchar(16)) as column_name,
        artist as text_logged,
        artist_repaired as text_repaired
    from songplays
    where {{ asked_for("songplays") }}
    union all
    select
        cast('location' as varchar(16)) as column_name,
        location as text_logged,
        cast(null as varchar(512)) as text_repaired
    from songplays
    where {{ asked_for("songplays") }}

)

select
    column_name,
    text_logged,
    text_repaired,
    count(*) as plays
from texts
where
    text_repaired is not null
    or text_logged like '%%�%%'
    or (
        text_logged <> upper(text_logged)
        and (
            text_logged like '%%Ã%%'
            or text_logged like '%%Â%%'
            or text_logged like '%%â€%%'
        )
    )
group by column_name, text_logged, text_repaired
order by plays desc, column_name asc, text_logged asc
