-- How fresh is each table?
-- Grain: one table. newest_at = the event time of its newest row, where its
-- rows have one; loaded_at = when something was last loaded into it, where the
-- ledger or a watermark says so.
select
    cast('staging_events' as varchar(32)) as table_name,
    (select max(ts) from staging_events) as newest_at,
    (

        select max(loaded_at) from load_ledger
        where table_name = 'staging_events'

    ) as loaded_at
union all
select
    cast('staging_songs' as varchar(32)) as table_name,
    cast(null as timestamp) as newest_at,
    (

        select max(loaded_at) from load_ledger
        where table_name = 'staging_songs'

    ) as loaded_at
union all
select
    cast('songplays' as varchar(32)) as table_name,
    (select max(start_time) from songplays) as newest_at,
    cast(null as timestamp) as loaded_at
union all
select
    cast('users' as varchar(32)) as table_name,
    (select max(last_play_at) from users) as newest_at,
    cast(null as timestamp) as loaded_at
union all
select
    cast('time' as varchar(32)) as table_name,
    (select max(start_time) from time) as newest_at,
    cast(null as timestamp) as loaded_at
union all
select
    cast('songs' as varchar(32)) as table_name,
    cast(null as timestamp) as newest_at,
    (

        select max(reached_at) from load_watermarks
        where table_name = 'songs'

    ) as loaded_at
union all
select
    cast('artists' as varchar(32)) as table_name,
    cast(null as timestamp) as newest_at,
    (

        select max(reached_at) from load_watermarks
        where table_name = 'artists'

    ) as loaded_at
