-- Grain: one event of a visitor, logged in or not: one request of a page, or
-- one song played. Key: page_view_id. It is made from the event's own key. The
-- table time has the moments of plays alone.
--
-- Sorted and distributed by time, as songplays and staging_events are: a window
-- is one range of blocks, and a load moves no row between nodes.
create table if not exists page_views (
    page_view_id varchar(48) not null, -- songplay_id of the play, if it is one
    start_time timestamp not null, -- to the millisecond, in UTC
    user_id varchar(64), -- null: not logged in
    session_id bigint not null, -- as the app counts sessions
    item_in_session integer not null, -- the order within the session, from 0
    page varchar(64), -- as the app names it; NextSong: a song is played
    method varchar(8), -- of HTTP: GET or PUT
    status smallint, -- of HTTP: 200, 307, or 404 for an error
    auth varchar(32), -- Logged In or Logged Out, among others
    level varchar(16), -- free or paid, at that moment
    location varchar(256), -- as the app logs it; null: not logged in
    user_agent varchar(512), -- as the browser sent it
    device varchar(16), -- computer, phone, tablet or other
    operating_system varchar(16), -- Windows, macOS, Linux, iOS, …, or other
    browser varchar(32) -- Chrome, Firefox, Safari, …, or other
)
diststyle key
distkey (start_time)
sortkey (start_time);
