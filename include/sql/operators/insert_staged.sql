-- What has come, under the number of its load.
insert into {{ table }} ({{ columns | join(", ") }}, load_id)
select
    {{ columns | join(", ") }},
    %(load_id)s as load_id
from {{ incoming }}
