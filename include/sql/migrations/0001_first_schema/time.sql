-- Grain: one moment at which a song started, to the millisecond, in UTC.
-- Key: start_time. Distributed and sorted as songplays is, so that the two meet
-- in a merge join. weekday counts from 0, Sunday; week is the ISO week.
create table if not exists time (
    start_time timestamp not null,
    hour smallint,
    day smallint,
    week smallint,
    month smallint,
    year smallint,
    weekday smallint,
    primary key (start_time)
)
diststyle key
distkey (start_time)
sortkey (start_time);
