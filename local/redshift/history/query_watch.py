"""Derives from a session's messages which of its statements are running."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

from local.redshift.history.query_history import VIEW, Query, QueryHistory
from local.redshift.wire import protocol
from local.redshift.wire.protocol import Message

_CANCELED = "57014"


class QueryWatch:
    """Records the statements of a session.

    Statements are answered in the order in which they were sent. The first one runs, and the others
    wait. A `None` in the queue stands for a ReadyForQuery: an error skips the statements before it.
    """

    def __init__(self, history: QueryHistory, *, user: str, database: str, session_id: int) -> None:
        self._history = history
        self._user, self._database, self._session_id = user, database, session_id
        self._queries: deque[Query | None] = deque()
        self._statements: dict[str, str] = {}
        self._portals: dict[str, str] = {}
        self._parsed: set[str] = set()  # statements that were parsed and not yet bound
        self._bound: set[str] = set()  # portals that were bound and not yet executed

    def parse(self, name: str, sql: str) -> bool:
        """A statement begins when it is parsed. Returns whether it reads the history."""
        self._statements[name] = sql
        self._parsed.add(name)
        return self.begin(sql)

    def bind(self, portal: str, name: str) -> bool:
        self._portals[portal] = sql = self._statements.get(name, "")
        self._bound.add(portal)
        if name in self._parsed:
            self._parsed.remove(name)
            return False
        return self.begin(sql)

    def execute(self, portal: str) -> None:
        if portal in self._bound:
            self._bound.remove(portal)
        else:  # executed again for more rows
            self.begin(self._portals.get(portal, ""))

    def begin(self, *texts: str) -> bool:
        """Statements begin now. Returns whether one of them reads the history."""
        for text in texts:
            query = Query(text, self._user, self._database, self._session_id, datetime.now(UTC))
            self._queries.append(query)
            if len(self._queries) == 1:
                self._history.begin(query)
        return any(VIEW in text.lower() for text in texts)

    def sync(self) -> None:
        """The client has sent Sync: a ReadyForQuery will follow."""
        self._queries.append(None)
        self._parsed.clear()
        self._bound.clear()

    def identify(self) -> int:
        """The id of the running statement."""
        assert self._current is not None
        return self._history.identify(self._current)

    def answer(self, message: Message) -> None:
        """Update the queue for a message that is sent to the client."""
        query = self._current
        if message.kind == b"Z":
            self._skip()
            if self._queries:
                self._queries.popleft()
            self._start_next()
        elif query is None:
            return
        elif message.kind == b"D":
            query.rows += 1
            query.bytes += len(message.body)
        elif message.kind in b"CsI":
            finish = self._history.drop if message.kind == b"I" else self._history.end
            finish(query)
            self._queries.popleft()
            self._start_next()
        elif message.kind == b"E":
            fields = protocol.fields(message.body)
            query.error = fields.get("M", "")
            query.canceled = fields.get("C") == _CANCELED
            self._history.end(query)
            self._queries.popleft()
            self._skip()

    def close(self) -> None:
        """The session has ended: a running statement has failed."""
        if (query := self._current) is not None:
            query.error = "the connection was closed"
            self._history.end(query)

    @property
    def _current(self) -> Query | None:
        return self._queries[0] if self._queries else None

    def _start_next(self) -> None:
        if (query := self._current) is not None:
            query.started = datetime.now(UTC)
            self._history.begin(query)

    def _skip(self) -> None:
        """Drop the statements after an error, and those that were only prepared."""
        while (query := self._current) is not None:
            self._history.drop(query)
            self._queries.popleft()
