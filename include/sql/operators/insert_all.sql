insert into {{ table }} ({{ columns | join(", ") }})
select {{ columns | join(", ") }}
from {{ incoming }}
