-- Grain: one step of one table through the loads of another: table_name has in
-- it all loads of source_table up to load_id. Only the row with the largest
-- load_id counts.
--
-- Rows are only ever added, so that parallel runs do not conflict.
create table if not exists load_watermarks (
    table_name varchar(128) not null, -- table that follows the loads
    source_table varchar(128) not null, -- staging table whose loads it follows
    load_id bigint not null, -- last load that it has in it; see load_ledger
    run_id varchar(256), -- run of Airflow that made the step
    reached_at timestamp -- in UTC
)
diststyle all
sortkey (table_name);
