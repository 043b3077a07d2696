-- How many users were forgotten. Rows are never deleted, so an equal number
-- means that nobody was added.
select count(*) as users
from forgotten_users
