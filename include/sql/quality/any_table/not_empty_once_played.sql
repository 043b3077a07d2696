-- The table has rows if a song was played in the window. Only the run that
-- loaded the window last is checked, because another run may have staged its
-- plays and not loaded them yet.
-- severity: error
-- means: somebody emptied the table.
-- to do: load the table again by the DAG sparkify_repair.
{% from "macros.jinja" import is_play, this_run_loaded_last %}
select '{{ table }}' as empty_table
where
    not exists (select 1 from {{ table }})
    and exists (

        select 1
        from staging_events
        where
            ts >= %(window_start)s
            and ts < %(window_end)s
            and {{ is_play("staging_events") }}

    )
    and {{ this_run_loaded_last("staging_events") }}
