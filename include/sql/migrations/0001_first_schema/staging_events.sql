-- Grain: one event of the app's log. Key: (session_id, item_in_session).
--
-- Sorted and distributed by time, as songplays is: a window is one range of
-- blocks, and a load of the fact moves no row between nodes.
create table if not exists staging_events (
    artist varchar(512), -- artist of the song played; null: the event is no
    -- play
    auth varchar(32), -- Logged In, Logged Out, Guest or Cancelled
    first_name varchar(128), -- null: logged out, or the user was forgotten
    gender varchar(8), -- F or M; null: logged out, or the user was forgotten
    item_in_session integer not null, -- number of the event in its session,
    -- from 0
    last_name varchar(128), -- null: logged out, or the user was forgotten
    length decimal(12, 5), -- seconds of the song played; null: no play
    level varchar(16), -- free or paid, at the time of the event
    location varchar(256), -- metropolitan area, then its states; null: logged
    -- out, or the user was forgotten
    method varchar(8), -- HTTP method of the request: GET or PUT
    page varchar(64), -- page of the app that was asked for; NextSong is a play
    registration decimal(18, 3), -- when the user signed up, in milliseconds
    -- since 1970, UTC; null: logged out, or the user was forgotten
    session_id bigint not null, -- the app's number of the session
    song varchar(512), -- title of the song played; null: no play
    status smallint, -- HTTP status of the answer: 200, 307 or 404
    ts timestamp not null, -- when the event happened, in UTC
    user_agent varchar(512), -- the browser's name for itself; null: logged out,
    -- or the user was forgotten
    user_id varchar(64), -- id of the app; null: logged out; a pseudonym once
    -- the user was forgotten
    load_id bigint, -- the load that wrote the row; see load_ledger
    primary key (session_id, item_in_session)
)
diststyle key
distkey (ts)
sortkey (ts);
