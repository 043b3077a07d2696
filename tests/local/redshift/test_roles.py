"""Roles: CREATE ROLE, GRANT and REVOKE, DROP ROLE, and the system views about them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from redshift_connector import ProgrammingError

from tests.conftest import Endpoint
from tests.local.redshift.conftest import Loader
from tests.support.runs import query


@pytest.fixture
def people(loader: Loader) -> Iterator[Loader]:
    """A table, two users, a group and two roles."""
    loader.connection.autocommit = True
    loader.execute("create table plays (id int)")
    loader.execute("create table secrets (id int)")
    for name in ("ann", "bob"):
        loader.execute(f"create user {name} password 'Secret12'")
    loader.execute("create group analysts")
    loader.execute("create role reader")
    loader.execute('create role "Chief"')
    yield loader
    loader.execute("drop schema public cascade")
    for (name,) in loader.execute("select role_name from svv_roles"):
        loader.execute(f"drop role {name} force")
    for what in ("user ann", "user bob", "group analysts"):
        loader.execute(f"drop {what}")


def ask(endpoint: Endpoint, user: str, sql: str) -> list[tuple[object, ...]]:
    conninfo = endpoint.conninfo.replace("user=awsuser", f"user={user}")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_who_has_a_role_may_do_what_the_role_may(people: Loader, endpoint: Endpoint) -> None:
    people.execute("grant usage on schema public to role reader")
    people.execute("grant select on table plays to role reader")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(endpoint, "ann", "select count(*) from public.plays")
    people.execute("grant role reader to ann")
    assert ask(endpoint, "ann", "select count(*) from public.plays") == [(0,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(endpoint, "ann", "select count(*) from public.secrets")
    people.execute("revoke role reader from ann")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(endpoint, "ann", "select count(*) from public.plays")


def test_a_role_passes_on_what_a_role_that_it_has_may(people: Loader, endpoint: Endpoint) -> None:
    people.execute("grant usage on schema public to role reader, group analysts, public")
    people.execute("grant select on plays to role reader")
    people.execute("grant role reader to role chief")
    people.execute("grant role chief to ann")
    assert ask(endpoint, "ann", "select count(*) from public.plays") == [(0,)]
    assert people.execute("select role_name, granted_role_name from svv_role_grants") == [
        ("chief", "reader")
    ]


def test_the_system_views_show_roles_and_grants(people: Loader, endpoint: Endpoint) -> None:
    people.execute("grant role reader to ann with admin option")
    people.execute("grant role reader, role chief to bob")
    people.execute("grant select on plays to role reader, group analysts")
    people.execute("grant usage on schema public to role reader")
    assert people.execute(
        "select role_name, role_owner, external_id from svv_roles order by role_name"
    ) == [("chief", "awsuser", None), ("reader", "awsuser", None)]
    grants = "select user_name, role_name, admin_option from svv_user_grants order by 1, 2"
    assert people.execute(grants) == [
        ("ann", "reader", True),
        ("bob", "chief", False),
        ("bob", "reader", False),
    ]
    assert ask(endpoint, "bob", grants) == [("bob", "chief", False), ("bob", "reader", False)]
    assert people.execute(
        "select identity_name, identity_type, privilege_type from svv_relation_privileges"
        " where relation_name = 'plays' and identity_name <> 'awsuser' order by 1"
    ) == [("analysts", "group", "SELECT"), ("reader", "role", "SELECT")]
    assert people.execute(
        "select identity_type, privilege_type, privilege_scope from svv_schema_privileges"
        " where namespace_name = 'public' and identity_name = 'reader'"
    ) == [("role", "USAGE", "SCHEMA")]
    assert people.execute("select groname from pg_group where groname !~ '^pg_'") == [("analysts",)]


def test_an_ordinary_user_sees_their_own_roles_alone(people: Loader, endpoint: Endpoint) -> None:
    people.execute("grant role reader to ann")
    people.execute("grant select on plays to role reader, public")
    roles = "select role_name from svv_roles order by 1"
    assert ask(endpoint, "ann", roles) == [("reader",)]
    assert ask(endpoint, "bob", roles) == []
    grantees = (
        "select identity_name from svv_relation_privileges where relation_name = 'plays' order by 1"
    )
    assert ask(endpoint, "ann", grantees) == [("public",), ("reader",)]
    assert ask(endpoint, "bob", grantees) == [("public",)]


def test_who_has_the_admin_option_may_grant_the_role(people: Loader, endpoint: Endpoint) -> None:
    people.execute("grant role reader to ann with admin option")
    ask(endpoint, "ann", "grant role reader to bob")
    people.execute("revoke admin option for role reader from bob")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(endpoint, "bob", "grant role reader to ann")


def test_a_role_is_created_in_a_transaction(people: Loader) -> None:
    people.connection.autocommit = False
    people.execute("create role passing")
    people.execute("grant select on plays to role passing")
    people.connection.rollback()
    people.connection.autocommit = True
    assert people.execute("select 1 from svv_roles where role_name = 'passing'") == []


def test_an_ordinary_user_may_not_create_a_role(people: Loader, endpoint: Endpoint) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        ask(endpoint, "ann", "create role mine")


def test_a_role_that_somebody_has_is_dropped_by_force_only(people: Loader) -> None:
    people.execute("grant role reader to ann")
    with pytest.raises(ProgrammingError, match="it has been granted on a user"):
        people.execute("drop role reader")
    people.execute("grant role chief to role reader")
    with pytest.raises(ProgrammingError, match="it depends on another role"):
        people.execute("drop role chief restrict")
    people.execute("drop role reader force")
    people.execute("drop role chief")
    assert people.execute("select * from svv_roles") == []


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("grant select on plays to reader", 'user "reader" does not exist'),
        ("grant select on plays to role ann", 'role "ann" does not exist'),
        ("grant select on plays to group reader", 'group "reader" does not exist'),
        ("grant role analysts to ann", 'role "analysts" does not exist'),
        ("grant role reader to reader", 'user "reader" does not exist'),
        ("grant role reader to group analysts", "a role is granted to users and roles"),
        ("grant reader to ann", "system privileges is not emulated"),
        ("grant create table to role reader", "system privileges is not emulated"),
        ("grant role reader, chief to ann", "needs the word ROLE before its name"),
        ("grant role reader to role chief with admin option", "to users only"),
        ("grant select on plays to role reader with grant option", "to users only"),
        ("grant select on plays to ann, bob with grant option", "name one"),
        ("create role", "CREATE ROLE without a name"),
        ("create role boss login", "CREATE ROLE LOGIN is not supported"),
        ("create role boss externalid 'x'", "CREATE ROLE EXTERNALID is not supported"),
        ("create role ann", 'role "ann" already exists'),
        ("alter role reader rename to boss", "ALTER ROLE is not emulated"),
        ("drop role analysts", 'role "analysts" does not exist'),
        ("drop role if exists reader", "DROP ROLE takes one name"),
    ],
)
def test_what_redshift_does_not_take_is_refused(people: Loader, sql: str, fault: str) -> None:
    with pytest.raises(ProgrammingError, match=fault):
        people.execute(sql)


@pytest.mark.parametrize("words", ["password disable", "with password DISABLE"])
def test_a_user_may_have_no_password(redshift, words):
    redshift.autocommit = True
    query(redshift, f"create user of_iam {words}")
    try:
        assert query(redshift, "select 1 from pg_user where usename = 'of_iam'") == [(1,)]
    finally:
        query(redshift, "drop user of_iam")
