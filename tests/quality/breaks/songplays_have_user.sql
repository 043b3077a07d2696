-- check: songplays_have_user
update songplays set user_id = '8'
