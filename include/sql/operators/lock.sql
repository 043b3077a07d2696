-- Before the transaction's first read, so that what it reads is the newest:
-- Redshift's manual, LOCK and "Serializable isolation". A load locks the one
-- table that it writes; then it reads staging tables, and never the other way
-- round, nor does any check, so that no two can wait for each other.
lock table {{ tables | join(", ") }}
