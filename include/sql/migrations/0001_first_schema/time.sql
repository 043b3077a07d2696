-- Grain: one moment at which a play started, to the millisecond. Key:
-- start_time. All columns are in UTC.
--
-- Distributed and sorted as songplays is, so that the two meet in a merge join.
create table if not exists time (
    start_time timestamp not null, -- the moment, in UTC
    hour smallint, -- 0 to 23
    day smallint, -- day of the month, 1 to 31
    week smallint, -- ISO week, 1 to 53; the days around New Year may belong to
    -- a week of the other year
    month smallint, -- 1 to 12
    year smallint, -- calendar year, not that of the ISO week
    weekday smallint, -- 0 to 6; 0 is Sunday
    primary key (start_time)
)
diststyle key
distkey (start_time)
sortkey (start_time);
