"""Queries on the Redshift endpoint, with the driver that production uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from local.stack.airflow_settings import redshift_password
from local.stack.lifecycle import StackError
from local.stack.settings import Settings

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


def drop_tables(settings: Settings) -> int:
    """Drop all tables in the schema `public`; returns their number."""
    with connect(settings) as cursor:
        names = [
            row[0]
            for row in query(cursor, "select tablename from pg_tables where schemaname = 'public'")
        ]
        for name in names:
            quoted = name.replace('"', '""')
            cursor.execute(f'drop table "{quoted}" cascade')  # also drops its views
    return len(names)
