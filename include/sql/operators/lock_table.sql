-- Stays empty. Who writes the table that it stands for locks it.
create table if not exists {{ table }} (
    locked boolean
)
diststyle all
