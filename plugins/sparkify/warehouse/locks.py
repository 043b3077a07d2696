"""Writers of a table exclude each other and do not block its readers.

Redshift's LOCK takes an ACCESS EXCLUSIVE lock. SELECT waits for it, and it waits for open
transactions that have read the table. So a load locks a small table beside the one that it writes,
`lock_songplays` for `songplays`, which nobody reads. `sparkify_create_tables` creates the lock
tables of all tables that ``sparkify.model`` declares.

A load locks its own table first, then the bookkeeping tables that it reads and writes. So no two
loads wait for each other.

Source: Redshift's manual, "LOCK".
"""

from __future__ import annotations

from sparkify.model import TABLES
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement

LEDGER = "load_ledger"  # with load_errors, load_late_rows and load_listings
WATERMARKS = "load_watermarks"
RESULTS = "quality_results"  # for transactions that add or remove sample rows


def lock(warehouse: Warehouse, *tables: str) -> None:
    """Wait until this transaction is the only one that writes these tables.

    To be called before the transaction reads anything: what it reads is fixed at its first read.
    """
    locked = [lock_table(table) for table in tables]
    warehouse.execute(statement("operators/lock.sql", locked=locked))


def lock_table(table: str) -> str:
    """Return the name of the table that stands for `table`, in the same schema."""
    schema, dot, name = table.rpartition(".")
    return f"{schema}{dot}lock_{name}"


def is_lock_table(name: str) -> bool:
    """Whether this is the name of a table that stands for another one."""
    return name.startswith("lock_")


def make_lock_tables(warehouse: Warehouse) -> None:
    """Create the tables that the writers of the project's tables lock, where they are missing."""
    for table in (LEDGER, WATERMARKS, RESULTS, *(table.name for table in TABLES)):
        warehouse.execute(statement("operators/lock_table.sql", table=lock_table(table)))
