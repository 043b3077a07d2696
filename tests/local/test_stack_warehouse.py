"""What `make demo` does with the warehouse when the bucket gets other data."""

from __future__ import annotations

from typing import Any

from local.stack import warehouse as stack_warehouse
from sparkify.insights.views import make_views
from sparkify.warehouse.migrations import statements_of_schema
from sparkify.warehouse.session import Warehouse
from tests.support.runs import query


def test_only_the_projects_tables_are_dropped_with_their_views(warehouse: Any):
    query(warehouse, statements_of_schema()[0])
    with Warehouse.connect("redshift_default") as session:
        make_views(session)
    query(warehouse, "create table of_a_user as select 1 as one")
    query(warehouse, "create view of_the_users_table as select one from of_a_user")
    cursor = warehouse.cursor()
    names = stack_warehouse.project_tables(cursor)
    assert {"songplays", "lock_songplays", "load_ledger", "schema_migrations"} <= {*names}
    stack_warehouse.drop_tables(cursor, names)
    left = "select table_name from information_schema.tables where table_schema = 'public'"
    assert {name for (name,) in query(warehouse, left)} == {"of_a_user", "of_the_users_table"}
