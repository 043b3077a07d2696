-- The same event in two days' files becomes two plays.
alter table songplays drop constraint songplays_pkey
