-- The sample rows of checks, as JSON.
select
    check_name,
    sample_rows,
    sha2(sample_rows, 256) as text_hash
from quality_results
where sample_rows <> '[]'
