-- Grain: one artist of the catalogue, under one name. Key: artist_id.
-- Small and joined to the plays: a copy on each node.
create table if not exists artists (
    artist_id varchar(32) not null,
    name varchar(512),
    location varchar(512),
    latitude decimal(10, 5),
    longitude decimal(10, 5),
    primary key (artist_id)
)
diststyle all
sortkey (artist_id);
