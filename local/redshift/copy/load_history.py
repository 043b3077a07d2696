"""SYS_LOAD_HISTORY, SYS_LOAD_DETAIL, SYS_LOAD_ERROR_DETAIL: what each COPY loaded and rejected.

A COPY that failed or was rolled back stays in the history.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.redshift.copy.load_errors import LoadError
from local.redshift.history.record_connection import RecordConnection

_DETAIL = (
    "user_id, query_id, file_name, bytes_scanned, lines_scanned, record_time, splits_scanned,"
    " start_time, end_time"
)
_ERROR = (
    "user_id, query_id, transaction_id, stl_query_id, session_id, database_name, table_id,"
    " start_time, file_name, line_number, column_name, column_type, column_length, position,"
    " error_code, error_message, raw_field_value, raw_line"
)


@dataclass(slots=True)
class FileScan:
    """How much of one object a COPY has read."""

    url: str
    size: int = 0
    lines: int = 0

    def counting(self, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """Wrap `read` so that the bytes it returns are counted here."""

        def counted(size: int) -> bytes:
            piece = read(size)
            self.size += len(piece)
            return piece

        return counted


@dataclass(slots=True)
class Load:
    """One COPY, as the history records it."""

    database: str
    table: str
    source: str
    session_id: int  # the process id, as in pg_backend_pid()
    format: str  # the objects' format
    query_id: int  # the id in SYS views
    table_id: int = 0
    rows: int = 0
    scans: list[FileScan] = field(default_factory=list)
    errors: list[LoadError] = field(default_factory=list)
    started: datetime = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None))

    @property
    def files(self) -> int:
        return len(self.scans)

    @property
    def bytes(self) -> int:
        return sum(scan.size for scan in self.scans)


@dataclass(frozen=True, slots=True)
class QueryIds:
    """The ids of one COPY in SYS views and in STL views."""

    sys: int
    stl: int


class LoadHistory:
    """The history of all loads.

    :param address: keyword arguments of ``psycopg.connect``, for PostgreSQL itself.
    """

    def __init__(self, address: dict[str, Any]) -> None:
        self._connection = RecordConnection(address)

    def record(self, load: Load, *, completed: bool) -> QueryIds:
        """Write the load to the history; returns its ids."""
        return self._connection.write(lambda cursor: self._write(cursor, load, completed=completed))

    def _write(self, cursor: Any, load: Load, *, completed: bool) -> QueryIds:
        ended = datetime.now(UTC).replace(tzinfo=None)
        duration = int((ended - load.started).total_seconds() * 1_000_000)
        query_id = load.query_id
        cursor.execute("select nextval('redshift_private.stl_query_id')")
        (stl_query_id,) = cursor.fetchone()
        cursor.execute(
            "insert into redshift_private.load_history values"
            " (100, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
            " %s, 0)",
            [
                query_id,
                query_id,
                load.session_id,
                load.database,
                "completed" if completed else "aborted",
                load.table,
                load.started,
                ended,
                duration,
                load.source,
                load.format,
                load.rows if completed else 0,
                load.bytes if completed else 0,
                load.files,
                load.bytes,
                load.files,
                load.bytes,
                len(load.errors),
            ],
        )
        if completed:
            with cursor.copy(f"copy redshift_private.load_detail ({_DETAIL}) from stdin") as copy:
                for scan in load.scans:
                    name = _clean(scan.url, 256)
                    copy.write_row(
                        [
                            100,
                            query_id,
                            name,
                            scan.size,
                            scan.lines,
                            ended,
                            1,
                            load.started,
                            ended,
                        ]
                    )
        if load.errors:
            cursor.executemany(
                f"insert into redshift_private.load_error_detail ({_ERROR}) values"
                f" (100{', %s' * _ERROR.count(',')})",
                [[query_id, query_id, stl_query_id, *_error(load, error)] for error in load.errors],
            )
        return QueryIds(query_id, stl_query_id)


def _error(load: Load, error: LoadError) -> list[Any]:
    column = error.column
    return [
        load.session_id,
        load.database[:64],
        load.table_id,
        load.started,
        _clean(error.file, 256),
        error.line,
        column.name[:127] if column else "",
        column.redshift_type[:10] if column else "",
        str(column.length) if column and column.length is not None else "",
        error.position,
        error.code,
        _clean(error.message, 512),
        None if error.value is None else _dotted(error.value),
        None if error.raw is None else _dotted(error.raw.decode("utf-8", "replace")),
    ]


def _dotted(text: str) -> str:
    """Data as STL_LOAD_ERRORS shows it: each non-ASCII character is a period."""
    return re.sub(r"[^\x01-\x7f]", ".", text.rstrip("\r\n"))[:1024]


def _clean(text: str, length: int) -> str:
    """Cut to the column's length. Characters that PostgreSQL cannot store are escaped."""
    return text.encode("ascii", "backslashreplace").decode().replace("\0", "\\0")[:length]
