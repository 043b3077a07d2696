"""A connection to the warehouse, and the statements that run on it.

Two drivers are supported: `redshift_connector` for connections of type `redshift`, and psycopg for
connections of type `postgres`. Both are DB-API drivers, and nothing here depends on which one it
is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from sparkify.warehouse.connections import Connector, connector_of
from sparkify.warehouse.place import Place
from sparkify.warehouse.statements import bind, identifier

log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Somebody has ended the work on this connection."""


class Warehouse:
    """Runs statements, each in a transaction of its own or several in one.

    :param connection: a DB-API connection that can switch its autocommit.
    :param connector: opens another one, to cancel what runs on the first.
    :param longest: Redshift ends each statement that takes longer. None sets no limit.

    `session_id` is the number of its process in Redshift, and `began` the time there when it began.
    """

    def __init__(
        self,
        connection: Any,
        connector: Connector | None = None,
        longest: timedelta | None = None,
    ) -> None:
        self._connection, self._connector = connection, connector
        self._connection.autocommit = True
        self._statements, self._seconds = 0, 0.0
        self._cancelled = False
        self._notices: list[str] = []
        if hasattr(connection, "add_notice_handler"):  # psycopg
            connection.add_notice_handler(lambda notice: self._notices.append(_message(notice)))
        self.session_id, self.began = self._begin_session(longest)

    @classmethod
    @contextmanager
    def connect(cls, conn_id: str, longest: timedelta | None = None) -> Iterator[Warehouse]:
        """Connect by the Airflow connection `conn_id`; close at the end.

        :param longest: Redshift ends each statement that takes longer.
        """
        began = time.monotonic()
        connector = connector_of(conn_id)
        connection = connector.open()
        connected = time.monotonic() - began
        warehouse = None
        try:
            warehouse = cls(connection, connector, longest)
            yield warehouse
        finally:
            with suppress(Exception):  # the error that led here says more
                connection.close()
            log.info(
                "%s: connected in %.3f s, %d statements in %.3f s",
                conn_id,
                connected,
                warehouse._statements if warehouse else 0,
                warehouse._seconds if warehouse else 0.0,
            )

    @property
    def place(self) -> Place | None:
        """Where its tables are, for OpenLineage."""
        return self._connector.place if self._connector else None

    def execute(self, sql: str, values: Mapping[str, Any] | None = None) -> int:
        """Run one statement; the number of rows that it wrote."""
        with self._cursor(sql, values or {}) as cursor:
            return max(cursor.rowcount, 0)

    def execute_for_notices(self, sql: str) -> list[str]:
        """Run one statement; the texts of the notices that the server sent with it."""
        kept = getattr(self._connection, "notices", None)  # redshift_connector
        if kept is not None:
            kept.clear()
        self._notices.clear()
        self.execute(sql)
        if kept is None:
            return list(self._notices)
        return [_text(notice.get(b"M", b"")) for notice in kept]

    def query(self, sql: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement; its rows."""
        with self._cursor(sql, values or {}) as cursor:
            return [tuple(row) for row in cursor.fetchall()]

    def names_and_rows(
        self, sql: str, values: Mapping[str, Any] | None = None
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Run one statement; the names of its columns, and its rows."""
        with self._cursor(sql, values or {}) as cursor:
            names = [_text(column[0]) for column in cursor.description]
            return names, [tuple(row) for row in cursor.fetchall()]

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]], *, batch: int = 1000) -> None:
        """Insert rows of the same columns, many to a statement.

        Source: Redshift's manual, "Use a multi-row insert".
        """
        if not rows:
            return
        columns = [identifier(name) for name in rows[0]]
        into = f"{identifier(table)} ({', '.join(columns)})"
        row = f"({', '.join(['%s'] * len(columns))})"
        for start in range(0, len(rows), batch):
            chunk = rows[start : start + batch]
            sql = f"insert into {into} values {', '.join([row] * len(chunk))}"
            cursor = self._connection.cursor()
            try:
                with self._timed():
                    cursor.execute(sql, [values[name] for values in chunk for name in columns])
            finally:
                cursor.close()

    def columns(self, select: str, values: Mapping[str, Any]) -> list[str]:
        """The names of the columns of a SELECT."""
        names, _ = self.names_and_rows(
            f"select * from (\n{_bare(select)}\n) as s where 1 = 0", values
        )
        return names

    def insert_selected(
        self, table: str, columns: Sequence[str], select: str, values: Mapping[str, Any]
    ) -> int:
        """Insert these columns of the rows of a SELECT; how many rows there were.

        A SELECT with bound values is part of an INSERT, never of a CREATE TABLE AS:
        Redshift prepares the former alone (its manual, PREPARE).
        """
        names = ", ".join(map(identifier, columns))
        return self.execute(
            f"insert into {identifier(table)} ({names})\n"
            f"select {names} from (\n{_bare(select)}\n) as selected",
            values,
        )

    def cancel(self) -> None:
        """Cancel the statement that runs, from another thread or a signal's handler.

        It fails with SQLSTATE 57014, and nothing more is run on this connection.
        Source: Redshift's manual, "PG_CANCEL_BACKEND".
        """
        self._cancelled = True
        if self._connector is None:
            return
        with closing(self._connector.open()) as other, closing(other.cursor()) as cursor:
            cursor.execute("select pg_cancel_backend(%s)", [self.session_id])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run what is inside in one transaction; roll it back if it raises."""
        self._connection.autocommit = False
        try:
            yield
            with self._timed():
                self._connection.commit()
        except BaseException:
            with suppress(Exception):  # a lost connection has rolled back already
                self._give_up()
            raise
        finally:
            with suppress(Exception):
                self._connection.autocommit = True

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Run what is inside in a transaction that cannot write, and that ends with it.

        Source: Redshift's manual, "BEGIN".
        """
        self.execute("begin read only")
        try:
            yield
        finally:
            with suppress(Exception):
                self.execute("rollback")

    def _begin_session(self, longest: timedelta | None) -> tuple[int, datetime]:
        """Set the statement timeout. Return the session's number, and the server's time.

        Source: Redshift's manual, "PG_BACKEND_PID", "GETDATE", "SET_CONFIG", "statement_timeout".
        """
        asked = ["pg_backend_pid()", "getdate()"]
        if longest is not None:
            milliseconds = int(longest.total_seconds() * 1000)
            asked.append(f"set_config('statement_timeout', '{milliseconds}', false)")
        ((session_id, began, *_),) = self.query(f"select {', '.join(asked)}")
        return int(session_id), began

    def _give_up(self) -> None:
        """Roll back. A driver that was interrupted takes no statement any more, and would wait
        for the answer to the last one; to hang up rolls back, too.
        """
        if self._cancelled:
            self._connection.close()
        else:
            self._connection.rollback()

    @contextmanager
    def _cursor(self, sql: str, values: Mapping[str, Any]) -> Iterator[Any]:
        text, bound = bind(sql, values)
        log.debug("%s %s", text, bound)
        cursor = self._connection.cursor()
        try:
            with self._timed():
                cursor.execute(text, bound) if bound else cursor.execute(text)
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Count a statement, and the time that Redshift takes for it."""
        if self._cancelled:
            raise Cancelled("the task was killed")
        began = time.monotonic()
        try:
            yield
        except Exception:
            raise
        except BaseException:  # Airflow's execution_timeout: the server would go on with it
            with suppress(Exception):
                self.cancel()
            raise
        finally:
            self._statements += 1
            self._seconds += time.monotonic() - began


def _bare(select: str) -> str:
    return select.strip().rstrip(";")


def _message(notice: Any) -> str:
    return str(notice.message_primary)


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name
