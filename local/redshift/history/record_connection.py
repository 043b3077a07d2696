"""The endpoint's own connection to PostgreSQL, for writing the system views.

The rows stay when a client's transaction is rolled back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class RecordConnection:
    """Connects on first use, and again after PostgreSQL has restarted.

    :param address: keyword arguments of ``psycopg.connect``.
    """

    def __init__(self, address: dict[str, Any]) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._connection: Any = None

    def write(self, work: Callable[[Any], T]) -> T:
        """Run `work` with a cursor in one transaction. Retry once if the connection is lost.

        :raises psycopg.OperationalError: PostgreSQL does not accept connections yet.
        """
        import psycopg

        with self._lock:
            try:
                return self._write(work)
            except psycopg.OperationalError:
                self._connection = None  # PostgreSQL has restarted
                return self._write(work)

    def _write(self, work: Callable[[Any], T]) -> T:
        import psycopg

        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(**self._address)
            # At a higher level, a client that reads the views could conflict with these writes.
            self._connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        with self._connection.transaction(), self._connection.cursor() as cursor:
            return work(cursor)
