-- Texts are found by their hash, so that no text is part of a statement.
update {{ table }}
set {{ column }} = {{ incoming }}.new_text
from {{ incoming }}
where sha2({{ table }}.{{ column }}, 256) = {{ incoming }}.text_hash
