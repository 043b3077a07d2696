-- Grain: one event of a visitor, logged in or not: one request of a page, or
-- one song played. Key: page_view_id. It is made from the event's own key, and
-- is the songplay_id of the play, if the event is one: join songplays on it.
-- users has only those who ever played, so join it with a left join. time has
-- only the moments of plays: use extract(hour from start_time) instead.
--
-- Sorted and distributed by time, as songplays and staging_events are: a window
-- is one range of blocks, and a load moves no row between nodes.
create table if not exists page_views (
    page_view_id varchar(48) not null, -- session_id-item_in_session of the
    -- event: the same after each load
    start_time timestamp not null, -- when the event happened, in UTC. The app
    -- dates an event of status 307 one second after the one before it
    user_id varchar(64), -- null: not logged in. Other events of the session
    -- may name the user
    session_id bigint not null, -- the app's number of the session; a session
    -- has one user
    item_in_session integer not null, -- the order within the session, from 0.
    -- Several events may have the same start_time
    page varchar(64), -- NextSong is a play. Others: Home, Login, Logout,
    -- Help, About, Settings, Save Settings, Upgrade, Submit Upgrade, Downgrade,
    -- Submit Downgrade, Cancel, Cancellation Confirmation, Error
    method varchar(8), -- of HTTP: GET for a page that is shown, PUT for others
    status smallint, -- of HTTP: 200; 307 where the app leads to another page;
    -- 404 for an error
    auth varchar(32), -- Logged In, Logged Out, Guest or Cancelled
    level varchar(16), -- free or paid, at the time of the event. The app also
    -- logs it while nobody is logged in
    location varchar(256), -- metropolitan area, then its states; null: not
    -- logged in, or the user was forgotten
    user_agent varchar(512), -- the browser's name for itself, as the app logs
    -- it, often in double quotes; null as location is
    device varchar(16), -- computer, phone, tablet or other, read from the user
    -- agent; null where that is
    operating_system varchar(16), -- Windows, macOS, Linux, iOS, Android, Chrome
    -- OS, Windows Phone or other, likewise
    browser varchar(32) -- Chrome, Chromium, Firefox, Safari, Internet Explorer,
    -- Edge, Opera or other, likewise
)
diststyle key
distkey (start_time)
sortkey (start_time);
