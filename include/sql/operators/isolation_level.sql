-- The isolation level of this database.
-- Source: Redshift's manual, STV_DB_ISOLATION_LEVEL
select isolation_level
from stv_db_isolation_level
where db_name = %(database_name)s
