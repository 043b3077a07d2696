-- The texts of a table's rejected rows.
select
    raw_text,
    sha2(raw_text, 256) as text_hash
from load_errors
where
    raw_text <> ''
    and table_name = %(table_name)s
