-- Grain: one user who ever played a song, as of their newest play.
-- Key: user_id.
-- Small and joined to every play: a copy on each node. Sorted by what a load
-- looks for: the users whose newest play was in its window.
create table if not exists users (
    user_id varchar(64) not null,
    first_name varchar(128),
    last_name varchar(128),
    gender varchar(8),
    level varchar(16),
    last_play_at timestamp,
    primary key (user_id)
)
diststyle all
sortkey (last_play_at);
