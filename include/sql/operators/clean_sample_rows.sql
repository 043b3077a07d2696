-- Old sample rows of checks; the results stay.
update quality_results
set sample_rows = '[]'
where
    sample_rows <> '[]'
    and checked_at < %(before)s
