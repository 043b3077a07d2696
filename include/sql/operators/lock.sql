-- Makes this transaction the only one that writes certain tables. It locks
-- small tables that stand for them, because LOCK stops readers, too; nobody
-- reads these. The lock comes before the transaction's first read, which then
-- sees what the writer before it has committed.
-- Source: Redshift's manual, LOCK and "Isolation levels in Amazon Redshift"
lock table {{ locked | join(", ") }}
