-- A user is at a level that Sparkify has.
-- severity: error
select *
from users
where level is null or level not in ('free', 'paid')
