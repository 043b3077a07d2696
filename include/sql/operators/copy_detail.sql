-- Lines that a COPY read of each object.
select
    trim(file_name) as file_name,
    lines_scanned
from sys_load_detail
where query_id = %(query_id)s
