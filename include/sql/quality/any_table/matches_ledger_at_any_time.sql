-- For each part of time, the table has as many rows as the last load says, and
-- no row lies in a time that was never loaded.
-- severity: error
-- means: somebody wrote to the table or load_ledger by hand.
-- to do: load these windows again by the DAG sparkify_etl.
{# A window of load_ledger lies in one partition of the source. The joins say so,
   because a join by ranges alone compares each row with each load. #}
{% macro partition_of(moment) -%}
date_trunc('{{ unit }}', {{ moment }})
{%- endmacro %}
with

loads as (

    select
        load_id,
        window_start,
        window_end,
        sum(rows_staged) as rows_staged
    from load_ledger
    where
        table_name = '{{ table }}'
        and ignored_by is null
        and rows_staged is not null
        and window_start is not null
    group by load_id, window_start, window_end

),

overlapped as (

    select distinct
        loads.load_id,
        loads.window_start
    from loads
    inner join loads as newer
        on
            {{ partition_of("loads.window_start") }}
            = {{ partition_of("newer.window_start") }}
            and loads.load_id < newer.load_id
            and loads.window_start < newer.window_end
            and loads.window_end > newer.window_start

),

last_loads as (

    select
        loads.window_start,
        loads.window_end,
        loads.rows_staged
    from loads
    left join overlapped
        on
            loads.load_id = overlapped.load_id
            and loads.window_start = overlapped.window_start
    where overlapped.load_id is null

),

counted as (

    select
        last_loads.window_start,
        last_loads.window_end,
        last_loads.rows_staged,
        count(staged.{{ event_time }}) as rows_found
    from last_loads
    left join {{ table }} as staged
        on
            {{ partition_of("last_loads.window_start") }}
            = {{ partition_of("staged." ~ event_time) }}
            and last_loads.window_start <= staged.{{ event_time }}
            and last_loads.window_end > staged.{{ event_time }}
    group by
        last_loads.window_start, last_loads.window_end, last_loads.rows_staged

),

never_loaded as (

    select
        date_trunc('hour', staged.{{ event_time }}) as hour_start,
        count(*) as rows_found
    from {{ table }} as staged
    left join loads
        on
            {{ partition_of("staged." ~ event_time) }}
            = {{ partition_of("loads.window_start") }}
            and staged.{{ event_time }} >= loads.window_start
            and staged.{{ event_time }} < loads.window_end
    where loads.load_id is null
    group by date_trunc('hour', staged.{{ event_time }})

)

select
    window_start,
    window_end,
    rows_staged,
    rows_found
from counted
where rows_staged <> rows_found
union all
select
    hour_start as window_start,
    hour_start + interval '1 hour' as window_end,
    0 as rows_staged,
    rows_found
from never_loaded
