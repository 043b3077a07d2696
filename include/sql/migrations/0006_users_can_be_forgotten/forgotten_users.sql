-- Grain: one user whose personal data was erased. The user's rows have the
-- pseudonym in the place of the id. Anyone who can read this table can find a
-- short id by trying all of them.
--
-- Rows are only ever added. Small and joined to each load of events: a copy on
-- each node.
create table if not exists forgotten_users (
    salt varchar(64) not null, -- random text that is hashed with the id
    user_hash varchar(64) not null, -- SHA-256 of salt and user id, in
    -- hexadecimal digits; the id itself is not kept
    pseudonym varchar(64) not null, -- what user_id was replaced by
    run_id varchar(256), -- run of Airflow that erased the data
    forgotten_at timestamp -- in UTC
)
diststyle all
sortkey (forgotten_at);
