-- Grain: one step of one table through the loads of another: table_name has in
-- it all loads of source_table up to load_id. Rows are only ever added, so that
-- parallel runs do not conflict; the largest load_id counts.
create table if not exists load_watermarks (
    table_name varchar(128) not null,
    source_table varchar(128) not null,
    load_id bigint not null,
    run_id varchar(256),
    reached_at timestamp
)
diststyle all
sortkey (table_name);
