-- A table of this session's alone, in the shape of the one to be loaded.
create temporary table {{ incoming }} (like {{ table }})
