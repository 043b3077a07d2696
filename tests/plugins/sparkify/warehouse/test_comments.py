"""The warehouse has the data dictionary's comments, and a deployment sets only what differs."""

from __future__ import annotations

from typing import Any

import pytest

from local.redshift.history.statement_record import read_record
from sparkify.insights.views import view_comments
from sparkify.operators import MigrateSchemaOperator
from sparkify.warehouse.comments import set_comments
from sparkify.warehouse.dictionary import Column, DescribedTable, describe_tables
from sparkify.warehouse.migrations import statements_of_schema
from sparkify.warehouse.session import Warehouse
from tests.support.runs import query, run

ODD = "50 % of 'it' \\ is \"odd\"; -- ünd %s %%"


@pytest.fixture
def deployed(redshift: Any, connections: None) -> Any:
    """A database that MigrateSchemaOperator has made; a connection with autocommit."""
    redshift.autocommit = True
    deploy()
    return redshift


def deploy() -> None:
    run(MigrateSchemaOperator(task_id="create_tables"))


def comments_sent(endpoint: Any, since: int) -> list[str]:
    sent = read_record(endpoint.record)[since:]
    return [sql for sql in sent if sql.lower().startswith("comment on")]


def test_each_table_column_and_view_has_its_comment(deployed, conn_type):
    tables = describe_tables(statements_of_schema())
    said = dict(query(deployed, "select table_name, remarks from svv_tables"))
    assert {name: said[name] for name in tables} == {
        name: table.comment for name, table in tables.items()
    }
    assert {name: said[name] for name in view_comments()} == view_comments()
    assert view_comments()["insight_plays_by_level"] == (
        "Who listens more, those who pay or those who do not?"
        " Grain: one level, free or paid, as it was at the moment of the play."
    )
    rows = query(deployed, "select table_name, column_name, remarks from svv_columns")
    of_columns = {(table, column): text for table, column, text in rows}
    for name, table in tables.items():
        for column in table.columns:
            assert of_columns[name, column.name] == column.comment


def test_a_deployment_sets_only_the_comments_that_differ(deployed, endpoint):
    query(deployed, "comment on column songplays.level is 'something else'")
    query(deployed, "comment on view insight_sessions is null")
    since = len(read_record(endpoint.record))
    deploy()
    assert [sql.split(" is ")[0] for sql in comments_sent(endpoint, since)] == [
        "comment on column songplays.level",
        "comment on view insight_sessions",
    ]
    since = len(read_record(endpoint.record))
    deploy()
    assert comments_sent(endpoint, since) == []


def test_a_view_that_is_created_anew_gets_its_comment_again(deployed):
    query(deployed, "drop view insight_sessions")
    query(deployed, "create view insight_sessions as select 1 as other")
    deploy()
    ask = "select obj_description('public.insight_sessions'::regclass)"
    assert query(deployed, ask) == [(view_comments()["insight_sessions"],)]


def test_any_text_can_be_a_comment(deployed, conn_type):
    query(deployed, "create table places (name varchar(8))")
    places = DescribedTable("places", ODD, (Column("name", "varchar(8)", True, ODD),))
    with Warehouse.connect("redshift_default") as warehouse:
        assert set_comments(warehouse, [places], {}) == 2
        assert set_comments(warehouse, [places], {}) == 0
    ask = "select remarks from svv_columns where table_name = 'places'"
    assert query(deployed, ask) == [(ODD,)]


def test_a_failure_on_the_way_leaves_no_comment(deployed):
    tables = [DescribedTable(name, "one", ()) for name in ("users", "nowhere")]
    with (
        Warehouse.connect("redshift_default") as warehouse,
        pytest.raises(Exception, match="nowhere"),
    ):
        set_comments(warehouse, tables, {})
    ask = "select remarks from svv_tables where table_name = 'users'"
    assert query(deployed, ask) == [(describe_tables(statements_of_schema())["users"].comment,)]
