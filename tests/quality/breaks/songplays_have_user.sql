-- check: quality/songplays_have_user.sql
update songplays set user_id = '8'
