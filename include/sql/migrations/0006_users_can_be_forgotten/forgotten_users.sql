-- Grain: one user whose personal data was erased. user_hash is the SHA-256 of
-- salt and user id, in hexadecimal digits; the id itself is not kept. The
-- user's rows have the pseudonym in its place. Rows are only ever added.
-- Anyone who can read this table can find a short id by trying all of them.
-- Small and joined to each load of events: a copy on each node.
create table if not exists forgotten_users (
    salt varchar(64) not null,
    user_hash varchar(64) not null,
    pseudonym varchar(64) not null,
    run_id varchar(256),
    forgotten_at timestamp
)
diststyle all
sortkey (forgotten_at);
