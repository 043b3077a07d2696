"""SYS_QUERY_HISTORY: the running and finished statements of all clients.

To keep the cost low, statements are collected in memory. They are written after a thousand
statements, after a second, or when a client reads the view. The endpoint writes them on its own
connection, so that statements of a rolled-back transaction stay in the history.

Source: Amazon Redshift's manual, "SYS_QUERY_HISTORY".
"""

from __future__ import annotations

import re
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.redshift.history.record_connection import RecordConnection
from local.redshift.history.statement_record import without_credentials

VIEW = "sys_query_history"
_FLUSH_ROWS = 1000
_FLUSH_SECONDS = 1.0
_TYPES = {
    "COPY": "COPY",
    "DELETE": "DELETE",
    "INSERT": "INSERT",
    "MERGE": "MERGE",
    "SELECT": "SELECT",
    "UPDATE": "UPDATE",
    "WITH": "SELECT",
    **dict.fromkeys(("ALTER", "COMMENT", "CREATE", "DROP", "GRANT", "REVOKE", "TRUNCATE"), "DDL"),
}
_COMMENTS = re.compile(r"(\s|--[^\n]*|/\*.*?\*/|\()*", re.DOTALL)
_CTAS = re.compile(
    r"create\s+((local\s+)?(temp|temporary)\s+)?table\s[^;]*?\bas\s*\(?\s*(select|with)\b"
    r"|select\s[^;]*?\sinto\s[^;]*?\sfrom\s",
    re.IGNORECASE | re.DOTALL,
)
_INSERT = """
insert into redshift_private.query_history values (
    (select oid::integer from pg_catalog.pg_roles where rolname = %(user)s),
    coalesce(%(query_id)s, nextval('redshift_private.sys_query_id')),
    %(session_id)s, %(database)s, %(query_type)s, %(status)s, %(started)s, %(ended)s,
    %(elapsed)s, %(error)s, %(rows)s, %(bytes)s, %(text)s, %(written)s
)
on conflict (query_id) do update set
    status = excluded.status, end_time = excluded.end_time,
    elapsed_time = excluded.elapsed_time, error_message = excluded.error_message,
    returned_rows = excluded.returned_rows, returned_bytes = excluded.returned_bytes,
    written_at = excluded.written_at
returning query_id
"""
_DELETE = "delete from redshift_private.query_history where query_id = any(%s)"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, eq=False)
class Query:
    """A client's statement."""

    text: str
    user: str
    database: str
    session_id: int
    started: datetime
    ended: datetime | None = None
    query_id: int | None = None  # set when the row is written, or when another view needs it
    error: str | None = None
    canceled: bool = False
    dropped: bool = False
    rows: int = 0
    bytes: int = 0

    def row(self) -> dict[str, Any]:
        until = self.ended or _now()
        return {
            "user": self.user,
            "query_id": self.query_id,
            "session_id": self.session_id,
            "database": self.database,
            "query_type": query_type(self.text),
            "status": self._status(),
            "started": self.started.replace(tzinfo=None),
            "ended": self.ended and self.ended.replace(tzinfo=None),
            "elapsed": (until - self.started).total_seconds() * 1_000_000,
            "error": self.error and _clean(self.error, 512),
            "rows": self.rows,
            "bytes": self.bytes,
            "text": _clean(without_credentials(self.text), 4000),
            "written": self.ended or self.started,
        }

    def _status(self) -> str:
        if self.ended is None:
            return "running"
        if self.error is None:
            return "success"
        return "canceled" if self.canceled else "failed"


def _clean(text: str, length: int) -> str:
    """Cut to the column's length, without characters that PostgreSQL cannot store."""
    return text.encode(errors="replace").decode().replace("\0", "")[:length]


def query_type(text: str) -> str:
    """The type of a statement, as the manual names it."""
    begin = _COMMENTS.match(text)
    statement = text[begin.end() if begin else 0 :]
    if _CTAS.match(statement):
        return "CTAS"
    word = re.match(r"\w*", statement)
    return _TYPES.get(word[0].upper() if word else "", "UTILITY")


class QueryHistory:
    """The history of all statements.

    :param address: keyword arguments of ``psycopg.connect``, for PostgreSQL itself.
    """

    def __init__(self, address: dict[str, Any]) -> None:
        self._connection = RecordConnection(address)
        self._lock = threading.Lock()
        self._running: set[Query] = set()
        self._ended: deque[Query] = deque()
        self._flushed = _now()

    def begin(self, query: Query) -> None:
        self._running.add(query)

    def end(self, query: Query) -> None:
        query.ended = _now()
        self._running.discard(query)
        self._ended.append(query)

    def drop(self, query: Query) -> None:
        """Remove a statement that was not run: it is empty, or was only prepared."""
        if query in self._running:  # it may have been written already
            query.dropped = True
            self._running.discard(query)
            self._ended.append(query)

    def identify(self, query: Query) -> int:
        """The id of a statement that also appears in other views."""
        with self._lock:
            if query.query_id is None:
                query.query_id = self._connection.write(_next_id)
            return query.query_id

    @property
    def is_due(self) -> bool:
        waited = (_now() - self._flushed).total_seconds()
        return bool(self._ended) and (waited > _FLUSH_SECONDS or len(self._ended) >= _FLUSH_ROWS)

    def flush(self) -> None:
        """Write the finished and the running statements."""
        with self._lock:
            self._flushed = _now()
            queries = [self._ended.popleft() for _ in range(len(self._ended))]
            queries += self._running
            dropped = [query.query_id for query in queries if query.dropped and query.query_id]
            kept = [query for query in queries if not query.dropped]
            if kept or dropped:
                self._connection.write(lambda cursor: _write(cursor, kept, dropped))


def _next_id(cursor: Any) -> int:
    cursor.execute("select nextval('redshift_private.sys_query_id')")
    return int(cursor.fetchone()[0])


def _write(cursor: Any, queries: list[Query], dropped: list[int]) -> None:
    cursor.execute(_DELETE, [dropped])
    cursor.executemany(_INSERT, [query.row() for query in queries], returning=True)
    for query in queries:
        query.query_id = cursor.fetchone()[0]
        cursor.nextset()
