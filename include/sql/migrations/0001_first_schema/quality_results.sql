-- Grain: one check in one attempt of one task.
create table if not exists quality_results (
    dag_id varchar(256) not null, -- DAG that checked
    run_id varchar(256) not null, -- run of Airflow that checked
    task_id varchar(256) not null, -- task that checked
    window_start timestamp, -- start of the window that was checked, in UTC
    window_end timestamp, -- its end, exclusive, in UTC
    check_name varchar(256) not null, -- name of the check
    severity varchar(16) not null, -- error or warning; an error fails the task
    status varchar(16) not null, -- passed, warned or failed
    failing_rows bigint not null, -- rows that break the rule
    sample_rows varchar(65535), -- some of them, as a JSON array; [] once they
    -- were deleted
    checked_at timestamp -- in UTC
)
diststyle even
sortkey (checked_at);
