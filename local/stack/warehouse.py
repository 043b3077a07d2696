"""Queries on the Redshift endpoint, with the driver that production uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from local.stack.airflow_settings import redshift_password
from local.stack.lifecycle import StackError
from local.stack.settings import Settings
from sparkify.model import TABLES
from sparkify.warehouse.dictionary import describe_tables
from sparkify.warehouse.locks import lock_table
from sparkify.warehouse.migrations import statements_of_schema

Rows = Sequence[Sequence[Any]]


@contextmanager
def connect(settings: Settings) -> Iterator[Any]:
    """A cursor on the endpoint's database.

    :raises StackError: the endpoint refused the connection or a statement.
    """
    import redshift_connector

    try:
        connection = redshift_connector.connect(
            host="127.0.0.1",
            port=settings.redshift.number,
            database="dev",
            user="awsuser",
            password=redshift_password(settings),
            ssl=False,
        )
        with closing(connection):
            connection.autocommit = True
            with closing(connection.cursor()) as cursor:
                yield cursor
    except redshift_connector.Error as error:
        raise StackError(f"the Redshift endpoint reported an error: {error}") from error


def query(cursor: Any, sql: str, parameters: Sequence[Any] = ()) -> Rows:
    cursor.execute(sql, tuple(parameters))
    rows: Rows = cursor.fetchall()
    return rows


def project_tables(cursor: Any) -> list[str]:
    """The project's own tables that are there. A user's tables are not among them."""
    own = {*describe_tables(statements_of_schema()), *(lock_table(table.name) for table in TABLES)}
    rows = query(cursor, "select tablename from pg_tables where schemaname = 'public'")
    return sorted(own & {name for (name,) in rows})


def drop_tables(cursor: Any, names: Sequence[str]) -> None:
    """Drop tables, with the views on them."""
    for name in names:
        cursor.execute(f'drop table "{name}" cascade')
