-- The table has the rows that its SELECT gives over all of its source, column
-- by column, and no others.
-- severity: error
-- means: somebody wrote to the table by hand, or changed its SELECT.
-- to do: load the table again by the DAG sparkify_repair.
with

recomputed as (

    {% include "load/" ~ table ~ ".sql" %}

),

unexplained as (

    select {{ columns | join(", ") }}
    from {{ table }}
    except
    select {{ columns | join(", ") }}
    from recomputed

),

missing as (

    select {{ columns | join(", ") }}
    from recomputed
    except
    select {{ columns | join(", ") }}
    from {{ table }}

)

select
    cast('not what staging says' as varchar(32)) as problem,
    {{ columns | join(", ") }}
from unexplained
union all
select
    cast('missing' as varchar(32)) as problem,
    {{ columns | join(", ") }}
from missing
