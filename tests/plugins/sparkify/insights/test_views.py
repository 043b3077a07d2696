"""The analysts' views follow the code, and keep their privileges and dependent views."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
import redshift_connector

from sparkify.insights import views
from sparkify.insights.answers import INSIGHTS
from sparkify.insights.views import make_views
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from tests.support.runs import query

VIEW = "insight_plays_by_level"
GRANTS = (
    "select identity_name, privilege_type, admin_option from svv_relation_privileges"
    f" where relation_name = '{VIEW}' and identity_name <> 'awsuser' order by 1, 2"
)
GRANTED = [
    ("analysts", "SELECT", False),
    ("iam:ann", "SELECT", True),
    ("public", "SELECT", False),
    ("reader", "SELECT", False),
]


@pytest.fixture
def granted(warehouse: Any) -> Any:
    """The views, with privileges on one of them for a user, a group, a role and PUBLIC."""
    query(warehouse, statement("migrations/schema_migrations.sql"))
    make()
    query(warehouse, """create user "iam:ann" password 'Aa345678'""")
    query(warehouse, "create group analysts")
    query(warehouse, "create role reader")
    query(warehouse, f"grant select on {VIEW} to role reader")
    query(warehouse, f'grant select on {VIEW} to "iam:ann" with grant option')
    query(warehouse, f"grant select on {VIEW} to group analysts")
    query(warehouse, f"grant select on {VIEW} to public")
    yield warehouse
    query(warehouse, "drop schema public cascade")
    query(warehouse, 'drop user "iam:ann"')
    query(warehouse, "drop group analysts")
    query(warehouse, "drop role reader")


def make() -> list[str]:
    with Warehouse.connect("redshift_default") as warehouse:
        return make_views(warehouse)


def change_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    original = views.view_statement
    monkeypatch.setattr(
        views, "view_statement", lambda name: f"select 1 as one, s.* from ({original(name)}) as s"
    )


def by_name(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: str(row[0]).lower())


def test_updated_views_keep_privileges_and_dependent_views(granted):
    query(granted, f"create view of_an_analyst as select * from {VIEW}")
    assert make() == ["plays", *(f"insight_{name}" for name in INSIGHTS)]
    assert by_name(query(granted, GRANTS)) == by_name(GRANTED)
    query(granted, "select * from of_an_analyst")


def test_a_view_whose_columns_have_changed_gets_its_grants_again(granted, monkeypatch):
    change_columns(monkeypatch)
    make()
    query(granted, f"select one from {VIEW}")
    assert by_name(query(granted, GRANTS)) == by_name(GRANTED)


def test_a_view_with_changed_columns_stays_if_another_view_depends_on_it(
    granted, monkeypatch, conn_type
):
    query(granted, f"create view of_an_analyst as select * from {VIEW}")
    change_columns(monkeypatch)
    refused = (psycopg.Error, redshift_connector.ProgrammingError)
    with pytest.raises(refused, match="other objects depend on it"):
        make()
    query(granted, "select * from of_an_analyst")
