-- Grain: one song of the catalogue, the ten played most. A play that matches
-- no song of the catalogue has no song_id and is not counted.
select
    songs.title,
    artists.name as artist,
    count(*) as plays
from songplays
inner join songs on songplays.song_id = songs.song_id
inner join artists on songs.artist_id = artists.artist_id
group by songs.song_id, songs.title, artists.name
order by plays desc, songs.title asc, artists.name asc
limit 10
