-- The users who were forgotten, each by the hash of their id.
select
    salt,
    user_hash
from forgotten_users
