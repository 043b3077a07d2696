-- Grain: one artist with a song in the catalogue's new loads. Of an artist's
-- names the shortest is taken (a guest's name makes it longer), then the first;
-- likewise the place, as far as one is known. All songs of the artist are
-- looked at, so that the order in which they came makes no difference.
with

artist_ids as (

    select distinct artist_id
    from staging_songs
    where
        load_id > %(after_load)s
        and load_id <= %(upto_load)s
        and artist_id is not null

),

ranked as (

    select
        songs.artist_id,
        songs.artist_name,
        songs.artist_location,
        songs.artist_latitude,
        songs.artist_longitude,
        row_number() over (
            partition by songs.artist_id
            order by
                case when songs.artist_latitude is null then 1 else 0 end,
                case when songs.artist_location is null then 1 else 0 end,
                length(songs.artist_name),
                songs.artist_name,
                songs.song_id
        ) as place_rank,
        row_number() over (
            partition by songs.artist_id
            order by
                length(songs.artist_name), songs.artist_name, songs.song_id
        ) as name_rank
    from staging_songs as songs
    inner join artist_ids
        on songs.artist_id = artist_ids.artist_id

)

select
    artist_id,
    max(case when name_rank = 1 then artist_name end) as name,
    max(case when place_rank = 1 then artist_location end) as location,
    max(case when place_rank = 1 then artist_latitude end) as latitude,
    max(case when place_rank = 1 then artist_longitude end) as longitude
from ranked
group by artist_id
