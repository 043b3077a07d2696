-- Who looks at a change of plan, and who goes through with it?
-- Grain: one step of one change of plan. share = its listeners as a share of
-- those of the change's first step. It exceeds 1 where more listeners reach a
-- step than its first one, such as those who saw the first before the period.
{% from "macros.jinja" import asked_for, share %}
with

steps as (

    {% for change, step, page in [("upgrade", 1, "Upgrade"),
        ("upgrade", 2, "Submit Upgrade"), ("downgrade", 1, "Downgrade"),
        ("downgrade", 2, "Submit Downgrade"), ("cancellation", 1, "Cancel"),
        ("cancellation", 2, "Cancellation Confirmation")] %}
    select
        cast('{{ change }}' as varchar(16)) as change,
        {{ step }} as step,
        cast('{{ page }}' as varchar(64)) as page
    {{ "union all" if not loop.last }}
    {% endfor %}

),

viewed as (

    select
        page,
        count(*) as views,
        count(distinct user_id) as listeners
    from page_views
    where {{ asked_for("page_views") }}
    group by page

),

counted as (

    select
        steps.change,
        steps.step,
        steps.page,
        coalesce(viewed.views, 0) as views,
        coalesce(viewed.listeners, 0) as listeners
    from steps
    left join viewed on steps.page = viewed.page

)

select
    counted.change,
    counted.step,
    counted.page,
    counted.views,
    counted.listeners,
    {{ share("counted.listeners", "first_steps.listeners") }} as share
from counted
inner join counted as first_steps
    on counted.change = first_steps.change
where first_steps.step = 1
order by counted.change desc, counted.step asc
