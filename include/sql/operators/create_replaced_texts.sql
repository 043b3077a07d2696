-- Texts to be replaced, by their hash, and what to put in their place.
create temporary table {{ incoming }} (
    text_hash varchar(64),
    new_text varchar(65535)
)
