-- Old texts of rejected rows; where and why a row was rejected stays.
update load_errors
set raw_text = ''
where
    rejected_at < %(before)s
    and raw_text <> ''
