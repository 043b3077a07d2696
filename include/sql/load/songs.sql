-- Grain: one song of the catalogue's new loads.
select
    song_id,
    title,
    artist_id,
    year,
    duration
from staging_songs
where
    load_id > %(after_load)s
    and load_id <= %(upto_load)s
