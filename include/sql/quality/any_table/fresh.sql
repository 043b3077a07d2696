-- The newest row is less than twelve hours older than the end of the window.
-- severity: warning
-- means: nobody used the app, which happens at night, or no file has arrived.
-- to do: look for the day's file in S3, and ask the team that writes it.
select
    '{{ table }}' as stale_table,
    (

        select max({{ event_time }})
        from {{ table }}
        where {{ event_time }} < %(window_end)s

    ) as newest_row,
    cast(%(window_end)s as timestamp) as window_end
where not exists (

    select 1
    from {{ table }}
    where
        {{ event_time }}
        >= cast(%(window_end)s as timestamp) - interval '12 hours'
        and {{ event_time }} < %(window_end)s

)
