-- Grain: one artist of the catalogue, the ten played most. A play that matches
-- no song of the catalogue has no artist_id and is not counted.
select
    artists.name as artist,
    count(distinct songplays.song_id) as songs,
    count(*) as plays
from songplays
inner join artists on songplays.artist_id = artists.artist_id
group by artists.artist_id, artists.name
order by plays desc, artists.name asc
limit 10
