-- Grain: one user who ever played a song, as of their newest play. Key:
-- user_id.
--
-- Small and joined to every play: a copy on each node. Sorted by what a load
-- looks for: the users whose newest play was in its window.
create table if not exists users (
    user_id varchar(64) not null, -- id of the app; a pseudonym once the user
    -- was forgotten
    first_name varchar(128), -- null: not known, or the user was forgotten
    last_name varchar(128), -- null: not known, or the user was forgotten
    gender varchar(8), -- F or M, as the user says; null: not known, or the user
    -- was forgotten
    level varchar(16), -- free or paid, at the time of the newest play
    last_play_at timestamp, -- start of the newest play, in UTC
    primary key (user_id)
)
diststyle all
sortkey (last_play_at);
