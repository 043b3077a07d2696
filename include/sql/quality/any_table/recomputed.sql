-- The table has the rows that its SELECT gives over all of its source, column
-- by column, and no others.
-- severity: error
-- means: somebody wrote to the table by hand, or changed its SELECT.
-- to do: load the table again by the DAG sparkify_repair.
{% from "macros.jinja" import both_problems, rows_only_in %}
with

recomputed as (

    {% include "load/" ~ table ~ ".sql" %}

),

unexplained as (

    {{ rows_only_in(table, "recomputed", columns) }}

),

missing as (

    {{ rows_only_in("recomputed", table, columns) }}

)

{{ both_problems(columns) }}
