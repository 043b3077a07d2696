-- Old sample rows of checks; the results stay.
update quality_results
set sample_rows = '[]'
where
    checked_at < %(before)s
    and sample_rows <> '[]'
