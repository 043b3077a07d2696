"""Roles and what is granted to them."""

from __future__ import annotations

from conformance.probe import expect, probe
from conformance.target import Target
from sparkify.warehouse.statements import statement

_TOPIC = "Roles"


@probe(
    _TOPIC,
    "CREATE ROLE and GRANT … TO ROLE work in a transaction; SVV_ROLES, SVV_RELATION_PRIVILEGES and"
    " SVV_SCHEMA_PRIVILEGES show them; ROLLBACK undoes them",
    page="r_CREATE_ROLE, r_GRANT, r_SVV_ROLES, r_SVV_RELATION_PRIVILEGES, r_SVV_SCHEMA_PRIVILEGES",
    because="a deployment creates the analysts' role and grants only what is missing",
)
def a_role_gets_privileges(target: Target) -> str:
    session = target.session()
    table, role = target.table(session, "a integer"), f"{target.schema}_role"
    named = {"role_name": role}
    session.execute("begin")
    try:
        session.execute(f"create role {role}")
        session.execute(f"grant select on {table} to role {role}")
        session.execute(f"grant usage on schema {target.schema} to role {role}")
        expect("roles", session.query(statement("operators/find_role.sql"), named), [(role,)])
        rows = session.query(statement("operators/analyst_grants.sql"), named)
        expect("grants", sorted(rows, key=str), sorted([(table,), (None,)], key=str))
    finally:
        session.execute("rollback")
    left = session.query(statement("operators/find_role.sql"), named)
    expect("roles after ROLLBACK", left, [])
    return "the role may select from one table and use its schema; then it was rolled back"
