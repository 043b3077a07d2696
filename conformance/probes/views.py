"""Views and the privileges on them."""

from __future__ import annotations

from conformance.probe import Differs, error_text, expect, probe, refusal
from conformance.target import Target
from sparkify.warehouse.session import Warehouse

_TOPIC = "Views and grants"


@probe(
    _TOPIC,
    "CREATE OR REPLACE VIEW keeps the view's privileges",
    page="r_CREATE_VIEW, r_HAS_TABLE_PRIVILEGE",
    because="analysts keep their access when the insight views are updated",
)
def replacing_a_view_keeps_its_grants(target: Target) -> str:
    session = target.session()
    view = _view(target, session)
    session.execute(f"grant select on {view} to public")
    before = _granted(session, view)
    session.execute(f"create or replace view {view} as select 2 as a")
    expect("rows", session.query(f"select a from {view}"), [(2,)])
    after = _granted(session, view)
    if not before or after != before:
        raise Differs(f"privileges before {before}, after {after}")
    return f"privileges before and after: {after}"


@probe(
    _TOPIC,
    "DROP VIEW and CREATE VIEW lose the view's privileges",
    page="r_DROP_VIEW",
    because="views are therefore replaced if their columns allow it",
)
def dropping_a_view_loses_its_grants(target: Target) -> str:
    session = target.session()
    view = _view(target, session)
    session.execute(f"grant select on {view} to public")
    session.execute("begin")
    session.execute(f"drop view {view}")
    session.execute(f"create view {view} as select 2 as a")
    session.execute("commit")
    after = _granted(session, view)
    expect("privileges of PUBLIC", after, [])
    return "no privileges remain"


def _view(target: Target, session: Warehouse) -> str:
    view = target.new_name()
    session.execute(f"create view {view} as select 1 as a")
    return view


def _granted(session: Warehouse, view: str) -> list[str]:
    """The privileges of PUBLIC on a view, from the catalog."""
    rows = session.query(
        "select array_to_string(c.relacl, ' ') from pg_class as c"
        " join pg_namespace as n on c.relnamespace = n.oid"
        " where c.relname = %(view)s and n.nspname = current_schema()",
        {"view": view},
    )
    # An entry is grantee=privileges/grantor. PUBLIC's entry has no grantee. PostgreSQL 8.0 may
    # write `group` or `role` before a name.
    entries = str(rows[0][0] or "").split() if rows else []
    return [entry.split("/")[0] for entry in entries if entry.startswith("=")]


@probe(
    _TOPIC,
    "DROP VIEW fails if another view depends on the view",
    page="r_DROP_VIEW",
    because="analysts' views may depend on the project's views",
)
def a_view_that_others_need_is_not_dropped(target: Target) -> str:
    session = target.session()
    view = _view(target, session)
    session.execute(f"create view {view}_on_top as select a from {view}")
    return error_text(refusal(session, f"drop view {view}", words="depend"))


@probe(
    _TOPIC,
    "CREATE OR REPLACE VIEW with other columns fails",
    page="r_CREATE_VIEW",
    because="such a view is dropped and created again, and its privileges are granted again",
)
def a_view_of_other_columns_is_not_replaced(target: Target) -> str:
    session = target.session()
    view = _view(target, session)
    other = f"create or replace view {view} as select 'x'::varchar(9) as b"
    return error_text(refusal(session, other, words="column"))


@probe(
    _TOPIC,
    "A view can be dropped and created again in one transaction",
    page="r_CREATE_VIEW",
    because="the view always exists for readers",
)
def a_view_is_made_anew_in_one_transaction(target: Target) -> str:
    session = target.session()
    view = _view(target, session)
    session.execute("begin")
    session.execute(f"drop view {view}")
    session.execute(f"create view {view} as select 2 as b")
    session.execute("rollback")
    expect("rows after ROLLBACK", session.query(f"select a from {view}"), [(1,)])
    return "ROLLBACK brought the first one back"
