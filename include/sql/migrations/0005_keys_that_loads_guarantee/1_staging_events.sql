-- Redshift's planner believes a declared key, and no load guarantees this one:
-- two days' files may hold the same event.
alter table staging_events drop constraint staging_events_pkey
