-- Do women and men listen differently?
-- Grain: one gender, as the listeners state it; null where none is known.
-- paid_share is the share of the plays made as a paid listener.
{% from "macros.jinja" import asked_for, hours, share %}
select
    users.gender,
    count(distinct songplays.user_id) as listeners,
    count(*) as plays,
    {{ hours("songplays.length") }} as hours,
    {{ share("sum(case when songplays.level = 'paid' then 1 else 0 end)",
             "count(*)") }} as paid_share
from songplays
left join users on songplays.user_id = users.user_id
where {{ asked_for("songplays") }}
group by users.gender
order by plays desc, users.gender asc
