-- By itself, since a function of the leader node goes with no table:
-- Redshift's manual, "Leader node-only functions".
select
    pg_backend_pid() as session_id,
    getdate() as began
