-- Stays empty. A load that writes page_views locks it.
create table if not exists lock_page_views (
    locked boolean -- never set: the table stays empty
)
diststyle all;
