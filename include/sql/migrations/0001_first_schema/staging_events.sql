-- Grain: one event of the app's log. Key: (session_id, item_in_session).
-- Sorted and distributed by time, as songplays is: a window is one range of
-- blocks, and a load of the fact moves no row between nodes.
create table if not exists staging_events (
    artist varchar(512),
    auth varchar(32),
    first_name varchar(128),
    gender varchar(8),
    item_in_session integer not null,
    last_name varchar(128),
    length decimal(12, 5),
    level varchar(16),
    location varchar(256),
    method varchar(8),
    page varchar(64),
    registration decimal(18, 3),
    session_id bigint not null,
    song varchar(512),
    status smallint,
    ts timestamp not null,
    user_agent varchar(512),
    user_id varchar(64),
    load_id bigint,
    primary key (session_id, item_in_session)
)
diststyle key
distkey (ts)
sortkey (ts);
