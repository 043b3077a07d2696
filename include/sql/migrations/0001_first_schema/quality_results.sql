-- Grain: one check in one attempt of one task. sample_rows is JSON.
create table if not exists quality_results (
    dag_id varchar(256) not null,
    run_id varchar(256) not null,
    task_id varchar(256) not null,
    window_start timestamp,
    window_end timestamp,
    check_name varchar(256) not null,
    severity varchar(16) not null,
    status varchar(16) not null,
    failing_rows bigint not null,
    sample_rows varchar(65535),
    checked_at timestamp
)
diststyle even
sortkey (checked_at);
