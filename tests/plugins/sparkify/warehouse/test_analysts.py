"""The role sparkify_analyst: created and granted what it needs by each deployment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from local.redshift.history.statement_record import read_record
from sparkify.insights import views
from sparkify.insights.views import view_files
from sparkify.model import STAGING, STAR
from sparkify.operators import MigrateSchemaOperator
from sparkify.warehouse.analysts import ROLE
from tests.support.runs import TABLES, query, run

Ask = Callable[[str], list[tuple[Any, ...]]]
VIEW = "insight_sessions"


@pytest.fixture
def schema(redshift: Any, connections: None) -> Iterator[Any]:
    """An empty schema without the role; a connection with autocommit."""
    redshift.autocommit = True
    drop_role(redshift)
    query(redshift, "create user ann password 'Secret12'")
    yield redshift
    query(redshift, "drop schema public cascade")
    drop_role(redshift)
    query(redshift, "drop user ann")


@pytest.fixture
def ann(schema: Any, endpoint: Any) -> Ask:
    """Runs a query as an analyst who has the role."""
    deploy()
    query(schema, f"grant role {ROLE} to ann")

    def ask(sql: str) -> list[tuple[Any, ...]]:
        conninfo = endpoint.conninfo.replace("user=awsuser", "user=ann")
        with psycopg.connect(conninfo, autocommit=True) as connection:
            return list(connection.execute(sql))

    return ask


def drop_role(connection: Any) -> None:
    if query(connection, f"select 1 from svv_roles where role_name = '{ROLE}'"):
        query(connection, f"drop role {ROLE} force")


def deploy() -> None:
    run(MigrateSchemaOperator(task_id="create_tables"))


def grants_sent(endpoint: Any, since: int) -> list[str]:
    sent = read_record(endpoint.record)[since:]
    return [sql for sql in sent if sql.lower().startswith(("grant", "create role"))]


def test_an_analyst_may_read_the_star_schema_and_the_views(ann):
    refused = []
    for relation in (*(table.name for table in STAR), *view_files()):
        try:
            ann(f"select * from {relation} limit 1")
        except psycopg.errors.InsufficientPrivilege:
            refused.append(relation)
    assert refused == []


def test_an_analyst_may_read_nothing_else_and_write_nothing(ann):
    others = {*TABLES, "schema_migrations"} - {table.name for table in STAR}
    assert {table.name for table in STAGING} < others
    for table in others:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ann(f"select * from {table} limit 1")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ann("delete from songplays")


def test_a_second_deployment_sends_no_needless_grant(schema, endpoint, conn_type):
    since = len(read_record(endpoint.record))
    deploy()
    relations = [*(table.name for table in STAR), *view_files()]
    assert grants_sent(endpoint, since) == [
        f"create role {ROLE}",
        f"grant select on {', '.join(relations)} to role {ROLE}",
        f"grant usage on schema public to role {ROLE}",
    ]
    since = len(read_record(endpoint.record))
    deploy()
    assert grants_sent(endpoint, since) == []


def test_what_was_revoked_is_granted_again(schema, endpoint, ann):
    query(schema, f"revoke select on users from role {ROLE}")
    since = len(read_record(endpoint.record))
    deploy()
    assert grants_sent(endpoint, since) == [f"grant select on users to role {ROLE}"]
    assert ann("select count(*) from users") == [(0,)]


def test_an_analyst_keeps_access_to_a_view_that_is_dropped_and_created(ann, monkeypatch):
    original = views.view_statement
    monkeypatch.setattr(
        views, "view_statement", lambda name: f"select 1 as one, s.* from ({original(name)}) as s"
    )
    deploy()
    assert ann(f"select one from {VIEW}") == []


def test_a_user_who_may_not_create_roles_is_told_what_an_administrator_must_run(
    schema, endpoint, monkeypatch, caplog
):
    query(schema, "grant all on schema public to ann")
    connection = {
        "conn_type": "redshift", "host": endpoint.host, "port": endpoint.port, "login": "ann",
        "password": "x", "schema": endpoint.dbname, "extra": {"ssl": False},
    }  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_REDSHIFT_DEFAULT", json.dumps(connection))
    deploy()
    assert f"An administrator must run `create role {ROLE}`" in caplog.text
    query(schema, f"create role {ROLE}")
    caplog.clear()
    deploy()
    assert "administrator" not in caplog.text
    granted = (
        "select count(*) from svv_relation_privileges"
        f" where identity_name = '{ROLE}' and identity_type = 'role'"
    )
    assert query(schema, granted) == [(len(STAR) + len(view_files()),)]
