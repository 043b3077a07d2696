"""Locks: which sessions wait for others."""

from __future__ import annotations

from conformance.probe import Differs, expect, probe
from conformance.target import Target, end_of, is_waiting

_TOPIC = "Locks"


@probe(
    _TOPIC,
    "LOCK stops readers of the table until the transaction ends",
    page="r_LOCK",
    because="loads lock small tables that are never read, so that analysts do not wait",
)
def lock_stops_readers(target: Target) -> str:
    holder, reader = target.session(), target.session()
    table = target.table(holder, "a integer", "1")
    holder.execute("begin")
    holder.execute(f"lock {table}")
    reading = target.in_background(lambda: reader.query(f"select a from {table}"))
    waited = is_waiting(reading)
    holder.execute("commit")
    expect("rows after the lock was released", end_of(reading), [(1,)])
    if not waited:
        raise Differs("a SELECT did not wait")
    return "a SELECT waited, and went on after COMMIT"


@probe(
    _TOPIC,
    "After a LOCK before its first read, a transaction reads the newest state",
    page="r_LOCK, c_serial_isolation",
    because="if two runs replace the same window, the second sees the first one's rows",
)
def lock_comes_before_the_snapshot(target: Target) -> str:
    first, second = target.session(), target.session()
    lock, table = target.table(first, "a integer"), target.table(first, "a integer")
    first.execute("begin")
    first.execute(f"lock {lock}")
    second.execute("begin")
    locking = target.in_background(lambda: second.execute(f"lock {lock}"))
    waited = is_waiting(locking)
    first.execute(f"insert into {table} values (1)")
    first.execute("commit")
    end_of(locking)
    rows = second.query(f"select a from {table}")
    second.execute("commit")
    if not waited:
        raise Differs("the second LOCK did not wait")
    expect("rows that the second reads", rows, [(1,)])
    return "the second LOCK waited, and then read the first one's row"


@probe(
    _TOPIC,
    "A lock ends with its transaction, also at ROLLBACK",
    page="r_LOCK",
    because="a failed load does not block others",
)
def a_lock_ends_with_its_transaction(target: Target) -> str:
    holder, other = target.session(), target.session()
    table = target.table(holder, "a integer")
    holder.execute("begin")
    holder.execute(f"lock {table}")
    holder.execute("rollback")
    end_of(target.in_background(lambda: other.execute(f"insert into {table} values (1)")))
    return "an INSERT after ROLLBACK did not wait"


@probe(
    _TOPIC,
    "Uncommitted INSERT and DELETE do not stop readers",
    page="c_write_readwrite",
    because="analysts can read while an hour is loaded",
)
def writers_do_not_stop_readers(target: Target) -> str:
    writer, reader = target.session(), target.session()
    table = target.table(writer, "a integer", "1")
    writer.execute("begin")
    writer.execute(f"delete from {table}")
    writer.execute(f"insert into {table} values (2)")
    reading = target.in_background(lambda: reader.query(f"select a from {table}"))
    waited = is_waiting(reading)
    writer.execute("rollback")
    expect("rows", end_of(reading), [(1,)])
    if waited:
        raise Differs("a SELECT waited for the end of the transaction")
    return "a SELECT answered with the old row"


@probe(
    _TOPIC,
    "A DELETE waits for the end of a transaction that deletes other rows of the same table",
    page="r_Serializable_isolation_example, c_write_readwrite",
    because="one short transaction replaces a window, and two of them never run concurrently",
    local="PostgreSQL locks rows, not tables, so both run concurrently",
)
def deletes_wait_for_each_other(target: Target) -> str:
    first, second = target.session(), target.session()
    table = target.table(first, "a integer", "1", "2")
    first.execute("begin")
    first.execute(f"delete from {table} where a = 1")
    deleting = target.in_background(lambda: second.execute(f"delete from {table} where a = 2"))
    waited = is_waiting(deleting)
    first.execute("commit")
    end_of(deleting)
    if not waited:
        raise Differs("the second DELETE did not wait")
    return "the second DELETE waited, and went on after COMMIT"
