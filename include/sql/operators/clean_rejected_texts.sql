-- Old texts of rejected rows; where and why a row was rejected stays.
update load_errors
set raw_text = ''
where
    raw_text <> ''
    and rejected_at < %(before)s
