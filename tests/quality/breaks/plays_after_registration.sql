-- check: quality/plays_after_registration.sql
update staging_events set registration = 1541413801000
