-- Before the transaction's first read, so that what it reads is the newest:
-- Redshift's manual, "Serializable isolation" and LOCK.
lock table {{ tables | join(", ") }}
