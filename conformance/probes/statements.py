"""Statements: how they are sent and cancelled."""

from __future__ import annotations

from conformance.probe import Differs, error_text, expect, probe, refusal
from conformance.target import Target
from sparkify.failures import sqlstate
from sparkify.warehouse.session import Warehouse

_TOPIC = "Statements"


@probe(
    _TOPIC,
    "The extended protocol accepts one statement at a time",
    page="r_PREPARE",
    because="every .sql file contains one statement",
)
def one_statement_is_sent_at_a_time(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer")
    two = f"insert into {table} values (%(a)s); insert into {table} values (%(a)s)"
    error = refusal(session, two, {"a": 1}, words="multiple")
    expect("rows", session.query(f"select count(*) from {table}"), [(0,)])
    return error_text(error)


@probe(
    _TOPIC,
    "SELECT, INSERT, UPDATE and DELETE accept bound values",
    page="r_PREPARE",
    because="values are never part of a statement's text",
)
def values_are_bound(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer, b varchar(20)")
    hostile = "'; drop table x; --"
    session.execute(f"insert into {table} values (%(a)s, %(b)s)", {"a": 1, "b": hostile})
    session.execute(f"update {table} set a = a + %(a)s where b = %(b)s", {"a": 1, "b": hostile})
    rows = session.query(f"select a, b from {table} where b = %(b)s", {"b": hostile})
    expect("the row", rows, [(2, hostile)])
    session.execute(f"delete from {table} where a = %(a)s", {"a": 2})
    expect("rows after DELETE", session.query(f"select count(*) from {table}"), [(0,)])
    return "quotes and semicolons came back as text"


@probe(
    _TOPIC,
    "DEALLOCATE takes the name of a prepared statement and has no ALL",
    page="r_DEALLOCATE",
    because="psycopg sends DEALLOCATE ALL unless statement preparation is switched off",
)
def deallocate_all_is_refused(target: Target) -> str:
    return error_text(refusal(target.session(), "deallocate all", words="all"))


@probe(
    _TOPIC,
    "statement_timeout, in milliseconds, ends a statement that takes longer",
    page="r_statement_timeout",
    because="statements of the pages and of loads have a time limit",
)
def statement_timeout_ends_a_statement(target: Target) -> str:
    session = target.session()
    endless = endless_query(target, session)
    session.query("select pg_backend_pid(), set_config('statement_timeout', '1000', false)")
    error = refusal(session, endless)
    session.execute("set statement_timeout to 0")
    expect("SQLSTATE", sqlstate(error), "57014")
    return error_text(error)


@probe(
    _TOPIC,
    "pg_cancel_backend(pid) cancels the statement of the user's other session",
    page="PG_CANCEL_BACKEND",
    because="a killed task cancels its statement on the server",
)
def a_statement_is_cancelled(target: Target) -> str:
    session, other = target.session(), target.session()
    endless = endless_query(target, session)
    running = target.in_background(lambda: refusal(session, endless))
    for _ in range(20):  # the first attempts may come before the statement has begun
        other.query("select pg_cancel_backend(%(pid)s)", {"pid": session.session_id})
        try:
            error = running.result(1)
        except TimeoutError:
            continue
        expect("SQLSTATE", sqlstate(error), "57014")
        return error_text(error)
    raise Differs("the statement ran on")


def endless_query(target: Target, session: Warehouse) -> str:
    """A SELECT that would run for hours with little memory."""
    table = target.table(session, "a integer", "1")
    for _ in range(10):  # 1,024 rows
        session.execute(f"insert into {table} select a from {table}")
    expect("rows", session.query(f"select count(*) from {table}"), [(1024,)])
    joined = ", ".join(f"{table} as t{number}" for number in range(5))
    return f"select count(*) from {joined}"
