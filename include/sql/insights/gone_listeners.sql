-- Which listeners have gone, and what did they do before?
-- Grain: one listener whose last event is at least 14 days older than the
-- newest event. plays, errors (status 400 and above) and plan_views (pages about
-- a change of plan) are those of the 7 days up to the last event. last_page = the
-- page of the last event.
{% from "macros.jinja" import chosen, is_play %}
with

newest as (

    select max(start_time) as newest_event
    from page_views
    where start_time < %(period_end)s

),

ranked as (

    select
        user_id,
        level,
        location,
        page,
        start_time,
        row_number() over (
            partition by user_id
            order by start_time desc, session_id desc, item_in_session desc
        ) as recency
    from page_views
    where
        start_time < %(period_end)s
        and user_id is not null

),

gone as (

    select
        ranked.user_id,
        ranked.level,
        ranked.page,
        ranked.start_time,
        datediff(day, ranked.start_time, newest.newest_event) as days_gone
    from ranked
    cross join newest
    where
        ranked.recency = 1
        and ranked.start_time >= %(period_start)s
        and ranked.start_time <= newest.newest_event - interval '14 days'
        and {{ chosen("ranked") }}

)

select
    gone.user_id,
    gone.level,
    gone.start_time as last_seen,
    gone.days_gone,
    gone.page as last_page,
    sum(case when {{ is_play("views") }} then 1 else 0 end) as plays,
    sum(case when views.status >= 400 then 1 else 0 end) as errors,
    sum(
        case
            when views.page like '%%grade' or views.page like 'Cancel%%' then 1
            else 0
        end
    ) as plan_views
from gone
inner join page_views as views
    on
        gone.user_id = views.user_id
        and gone.start_time - interval '7 days' <= views.start_time
        and gone.start_time >= views.start_time
group by
    gone.user_id, gone.level, gone.start_time, gone.days_gone, gone.page
order by last_seen desc, gone.user_id asc
