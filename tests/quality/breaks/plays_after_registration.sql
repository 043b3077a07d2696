-- check: plays_after_registration
update staging_events set registration = 1541413801000
