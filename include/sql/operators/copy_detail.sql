-- Lines read of each object by the last COPY of this session.
select
    trim(file_name) as file_name,
    lines_scanned
from sys_load_detail
where
    query_id = (
        select max(loads.query_id)
        from sys_load_history as loads
        where loads.session_id = %(session_id)s
    )
