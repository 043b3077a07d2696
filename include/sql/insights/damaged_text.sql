-- Which names reach us damaged?
-- Grain: one text of one column. Damaged = it has the mark of a character that
-- could not be read, or, among small letters, those that come of UTF-8 that was
-- taken for another encoding, as in BjÃ¶rk.
with

texts as (

    select
        cast('song' as varchar(16)) as column_name,
        song as text_logged
    from songplays
    where
        start_time >= %(period_start)s
        and start_time < %(period_end)s
    union all
    select
        cast('artist' as varchar(16)) as column_name,
        artist as text_logged
    from songplays
    where
        start_time >= %(period_start)s
        and start_time < %(period_end)s
    union all
    select
        cast('location' as varchar(16)) as column_name,
        location as text_logged
    from songplays
    where
        start_time >= %(period_start)s
        and start_time < %(period_end)s

)

select
    column_name,
    text_logged,
    count(*) as plays
from texts
where
    text_logged like '%%�%%'
    or (
        text_logged <> upper(text_logged)
        and (
            text_logged like '%%Ã%%'
            or text_logged like '%%Â%%'
            or text_logged like '%%â€%%'
        )
    )
group by column_name, text_logged
order by plays desc, column_name asc, text_logged asc
