-- Hours of a partition that were loaded before, outside of the window, and are
-- out of date: the objects have rows that the table lacks, or the other way
-- round. A row that was changed counts as both.
with

loaded as (

    select distinct
        window_start,
        window_end
    from load_ledger
    where
        table_name = %(table_name)s
        and window_start < %(partition_end)s
        and window_end > %(partition_start)s

),

staged as (

    select {{ columns | join(", ") }}
    from {{ table }}
    where
        {{ event_time }} >= %(partition_start)s
        and {{ event_time }} < %(partition_end)s
        and (
            {{ event_time }} < %(window_start)s
            or {{ event_time }} >= %(window_end)s
        )

),

present as (

    select {{ columns | join(", ") }}
    from {{ judged }}
    where
        part = %(part)s
        and verdict = 'outside'

),

differing as (

    select
        1 as late,
        0 as gone,
        only_present.*
    from (

        select {{ columns | join(", ") }} from present
        except
        select {{ columns | join(", ") }} from staged

    ) as only_present
    union all
    select
        0 as late,
        1 as gone,
        only_staged.*
    from (

        select {{ columns | join(", ") }} from staged
        except
        select {{ columns | join(", ") }} from present

    ) as only_staged

),

of_loaded_hours as (

    select distinct differing.*
    from differing
    inner join loaded
        on
            differing.{{ event_time }} >= loaded.window_start
            and differing.{{ event_time }} < loaded.window_end

)

select
    date_trunc('hour', {{ event_time }}) as hour_start,
    sum(late) as rows_late,
    sum(gone) as rows_gone
from of_loaded_hours
group by 1
order by 1
