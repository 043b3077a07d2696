"""Transactions: isolation, commits and conflicts."""

from __future__ import annotations

import re
from typing import Any

from conformance.probe import Differs, error_text, expect, probe, refusal
from conformance.target import Target
from sparkify.failures import sqlstate
from sparkify.warehouse.session import Warehouse

_TOPIC = "Transactions"
_CONFLICT = r"\b1023\b|serializable isolation violation|conflict with concurrent transaction"


@probe(
    _TOPIC,
    "A transaction sees the database as it was at its first read",
    page="c_serial_isolation",
    because="a load checks and replaces rows in one consistent state",
)
def a_transaction_keeps_its_snapshot(target: Target) -> str:
    reader, writer = target.session(), target.session()
    table = target.table(writer, "a integer")
    count = f"select count(*) from {table}"
    reader.execute("begin")
    expect("rows at the first read", reader.query(count), [(0,)])
    writer.execute(f"insert into {table} values (1)")
    expect("rows after another's commit", reader.query(count), [(0,)])
    reader.execute("commit")
    expect("rows in the next transaction", reader.query(count), [(1,)])
    return "another's commit shows in the next transaction only"


@probe(
    _TOPIC,
    "Overwriting a row that a concurrent transaction has written fails: with 1023, or as a conflict"
    " with a concurrent transaction",
    page="c_serial_isolation-serializable-isolation-troubleshooting",
    because="such a load is retried",
)
def a_write_over_a_write_is_a_conflict(target: Target) -> str:
    first, second = target.session(), target.session()
    table = target.table(first, "a integer", "1")
    first.execute("begin")
    first.query(f"select a from {table}")
    second.execute(f"update {table} set a = 2")
    error = refusal(first, f"update {table} set a = 3", words=_CONFLICT)
    first.execute("rollback")
    expect("the other's row", first.query(f"select a from {table}"), [(2,)])
    return error_text(error)


@probe(
    _TOPIC,
    "The database's isolation level is SNAPSHOT or SERIALIZABLE, and two transactions that each"
    " read what the other writes both commit, or one fails with 1023, accordingly",
    page="c_serial_isolation, r_STV_DB_ISOLATION_LEVEL",
    because="loads are correct under both; older databases are SERIALIZABLE",
)
def the_isolation_level_is_as_declared(target: Target) -> str:
    first, second = target.session(), target.session()
    left, right = target.table(first, "a integer"), target.table(first, "a integer")
    declared = _declared_level(target.session())
    steps = [
        (first, "begin"),
        (second, "begin"),
        (first, f"select count(*) from {left}"),
        (second, f"select count(*) from {right}"),
        (first, f"insert into {right} values (1)"),
        (second, f"insert into {left} values (1)"),
        (first, "commit"),
        (second, "commit"),
    ]
    behaves = "SNAPSHOT"
    for session, sql in steps:
        try:
            session.execute(sql)
        except Exception as error:
            if not re.search(_CONFLICT, error_text(error), re.IGNORECASE):
                raise
            behaves = f"SERIALIZABLE ({error_text(error)})"
            break
    if declared and not behaves.upper().startswith(declared.upper()[:8]):
        raise Differs(f"it is declared {declared}, and behaves as {behaves}")
    return f"behaves as {behaves}; STV_DB_ISOLATION_LEVEL: {declared or 'not readable'}"


def _declared_level(session: Warehouse) -> str:
    try:
        rows = session.query(
            "select trim(isolation_level) from stv_db_isolation_level"
            " where trim(db_name) = current_database()"
        )
    except Exception as error:
        if sqlstate(error) is None:
            raise
        return ""  # on Serverless, not every user can read STV views
    return str(rows[0][0]) if rows else ""


@probe(
    _TOPIC,
    "ALTER DATABASE accepts both isolation levels; a missing database is an error",
    page="r_ALTER_DATABASE",
    because="it changes the isolation level of a database",
)
def alter_database_knows_the_levels(target: Target) -> str:
    session = target.session()
    seen = [
        # Never alter an existing database: its level affects all users.
        error_text(
            refusal(
                session,
                f"alter database {target.schema} isolation level {level}",
                words="does not exist",
            )
        )
        for level in ("snapshot", "serializable")
    ]
    return seen[-1]


@probe(
    _TOPIC,
    "DDL is part of a transaction",
    page="c_serial_isolation",
    because="a migration is applied completely or not at all",
)
def ddl_is_rolled_back(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer")
    session.execute("begin")
    session.execute(f"alter table {table} add column b integer")
    session.execute(f"create table {table}_new (a integer)")
    session.execute("rollback")
    missing = [
        error_text(refusal(session, f"select b from {table}")),
        error_text(refusal(session, f"select a from {table}_new")),
    ]
    return "; ".join(missing)


@probe(
    _TOPIC,
    "TRUNCATE commits its transaction",
    page="r_TRUNCATE",
    because="for this reason, loads do not use it",
)
def truncate_commits(target: Target) -> str:
    session = target.session()
    emptied, other = target.table(session, "a integer", "1"), target.table(session, "a integer")
    session.execute("begin")
    session.execute(f"insert into {other} values (1)")
    session.execute(f"truncate {emptied}")
    session.execute("rollback")
    counts = [session.query(f"select count(*) from {name}") for name in (emptied, other)]
    expect("rows of the emptied and of the other table after ROLLBACK", counts, [[(0,)], [(1,)]])
    return "ROLLBACK after it took nothing back"


@probe(
    _TOPIC,
    "Readers see the old rows until the transaction with DELETE and INSERT commits",
    page="c_serial_isolation",
    because="loads replace an hour with DELETE and INSERT, never with TRUNCATE",
    note="PostgreSQL's autovacuum reclaims the space of deleted rows",
)
def a_replacement_shows_as_a_whole(target: Target) -> str:
    writer, reader = target.session(), target.session()
    table = target.table(writer, "a integer", "1", "2")
    seen: list[Any] = []
    writer.execute("begin")
    writer.execute(f"delete from {table}")
    seen.append(reader.query(f"select count(*) from {table}"))
    writer.execute(f"insert into {table} values (3)")
    seen.append(reader.query(f"select count(*) from {table}"))
    writer.execute("commit")
    seen.append(reader.query(f"select count(*) from {table}"))
    expect("rows after DELETE, INSERT, COMMIT", seen, [[(2,)], [(2,)], [(1,)]])
    return "2, 2 and 1 rows after DELETE, INSERT and COMMIT"


@probe(
    _TOPIC,
    "A transaction that starts with BEGIN READ ONLY refuses writes",
    page="r_BEGIN",
    because="the pages in Airflow use such transactions",
)
def a_read_only_transaction_refuses_to_write(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer")
    session.execute("begin read only")
    session.query(f"select a from {table}")
    error = refusal(session, f"insert into {table} values (1)", words="read.?only")
    session.execute("rollback")
    expect("rows", session.query(f"select count(*) from {table}"), [(0,)])
    return error_text(error)
