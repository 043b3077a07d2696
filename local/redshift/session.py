"""One client's connection: relays its messages to PostgreSQL, and PostgreSQL's answers back.

How it works: two loops relay messages, one in each direction. `_pending` lists the messages that
the server has not answered yet. When it is empty, the relay can run its own statements on the
client's connection, inside the client's transaction, without showing the answers to the client.
This is how a COPY from S3 runs. A third loop reads ahead, so that a COPY ends when its client
disconnects.

A statement that PostgreSQL does not accept is prepared as an empty one, so that PostgreSQL answers
Parse, Bind and Describe. Its real work is done at Execute.

In the extended protocol an exchange ends without Sync: the client's own Sync ends the transaction
that a COPY is part of.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import deque
from dataclasses import dataclass

from local.redshift.copy.copy_run import CopyRun
from local.redshift.copy.load_history import LoadHistory
from local.redshift.copy.objects import ObjectStore
from local.redshift.dialect import LONG, Copy, Forward, Plan, Refuse, Run, plans, split
from local.redshift.history.query_history import QueryHistory
from local.redshift.history.query_watch import QueryWatch
from local.redshift.history.statement_record import StatementRecord
from local.redshift.wire import protocol
from local.redshift.wire.exchange import Exchange, ServerError
from local.redshift.wire.protocol import Message
from local.redshift.wire.writer import MessageWriter

_STAND_IN = "do ''"

# The messages that end the server's answer to each request.
_ENDS = {
    b"P": frozenset({b"1"}),
    b"B": frozenset({b"2"}),
    b"C": frozenset({b"3"}),
    b"D": frozenset({b"T", b"n"}),
    b"E": frozenset({b"C", b"I", b"s"}),
    b"S": frozenset({b"Z"}),
    b"Q": frozenset({b"Z"}),
    b"F": frozenset({b"Z"}),
}
_UNTIL_READY = frozenset({b"S", b"Q", b"F"})
_OUT_OF_BAND = frozenset({b"S", b"A"})  # ParameterStatus and NotificationResponse
_READ_AHEAD = 64  # messages

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Shared:
    """Objects that all sessions of an endpoint share."""

    store: ObjectStore
    history: LoadHistory
    queries: QueryHistory
    record: StatementRecord


@dataclass(frozen=True, slots=True)
class Login:
    """Who the client is, and the PostgreSQL process that serves it."""

    user: str
    database: str
    session_id: int


class Session:
    """Relays between `client` and `server` until one of them disconnects."""

    def __init__(self, *, client: Streams, server: Streams, shared: Shared, login: Login) -> None:
        self._client_reader, client_stream = client
        self._server_reader, server_stream = server
        self._client, self._server = MessageWriter(client_stream), MessageWriter(server_stream)
        self._shared, self._database = shared, login.database
        self._watch = QueryWatch(
            shared.queries,
            user=login.user,
            database=login.database,
            session_id=login.session_id,
        )
        self._requests: asyncio.Queue[Message] = asyncio.Queue(_READ_AHEAD)
        self._pending: deque[bytes] = deque()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._skipping = False  # after an error, the server ignores messages until Sync
        self._exchange: Exchange | None = None
        self._statements: dict[str, Plan] = {}
        self._portals: dict[str, Plan] = {}

    async def run(self) -> None:
        tasks = [
            asyncio.create_task(self._read_requests()),
            asyncio.create_task(self._relay_answers()),
            asyncio.create_task(self._relay_requests()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._watch.close()
            with contextlib.suppress(OSError):
                self._server.send()
                self._client.send()
                await self._client.drain()

    # -- the server's answers ------------------------------------------------

    async def _relay_answers(self) -> None:
        while True:
            message = await protocol.read_message(self._server_reader)
            if self._exchange is not None and message.kind not in _OUT_OF_BAND:
                self._exchange.receive(message)
                continue
            self._send_client(message)
            self._settle(message.kind)
            await self._client.drain()

    def _settle(self, kind: bytes) -> None:
        """Remove from `_pending` the request that this answer completes."""
        if kind == b"E":
            # After a Query, or the commit at a Sync, ReadyForQuery follows. Otherwise the server
            # ignores all messages until a Sync, which may have been sent already.
            if self._pending and self._pending[0] not in _UNTIL_READY:
                while self._pending and self._pending[0] != b"S":
                    self._pending.popleft()
                self._skipping = not self._pending
        elif self._pending and kind in _ENDS[self._pending[0]]:
            self._pending.popleft()
        if not self._pending:
            self._quiet.set()

    def _send_client(self, message: Message) -> None:
        if message.kind == b"E":
            message = _redshift_error(message)
        self._watch.answer(message)
        self._client.write(message.encode())

    # -- the client's requests -----------------------------------------------

    async def _read_requests(self) -> None:
        """Read the client's messages into `_requests`.

        :raises asyncio.IncompleteReadError: the client disconnected without Terminate.
        """
        while True:
            message = await protocol.read_message(self._client_reader)
            await self._requests.put(message)
            if message.kind == b"X":
                await asyncio.Event().wait()  # the earlier requests must be completed first

    async def _relay_requests(self) -> None:
        while True:
            message = await self._requests.get()
            if message.kind == b"X":
                self._server.write(message.encode())
                await self._server.drain()
                return
            if message.kind in b"dcf":
                continue  # data for a COPY FROM STDIN that was refused
            if self._skipping and message.kind != b"S":
                continue
            match message.kind:
                case b"Q":
                    await self._query(message)
                case b"P":
                    await self._parse(message)
                case b"B":
                    (portal, name), _ = protocol.split_cstrings(message.body, 2)
                    _remember(self._portals, portal, self._statements.get(name))
                    await self._flush_history(read=self._watch.bind(portal, name))
                    self._forward(message)
                case b"C":
                    kind, name = message.body[:1], message.body[1:-1].decode()
                    _remember(self._statements if kind == b"S" else self._portals, name, None)
                    self._forward(message)
                case b"E":
                    (portal,), _ = protocol.split_cstrings(message.body, 1)
                    plan = self._portals.get(portal)
                    self._watch.execute(portal)
                    if plan is None:
                        self._forward(message)
                    elif exchange := await self._open_exchange():
                        with exchange:
                            await self._perform(plan, exchange)
                case _:
                    self._forward(message)
            await self._server.drain()

    def _forward(self, message: Message) -> None:
        if message.kind in _ENDS:
            self._pending.append(message.kind)
            self._quiet.clear()
        if message.kind in _UNTIL_READY:
            self._watch.sync()
        if message.kind == b"S":
            self._skipping = False
        self._server.write(message.encode())

    async def _query(self, message: Message) -> None:
        """A simple Query, which may hold several statements."""
        text = message.body[:-1].decode(errors="surrogateescape")
        self._shared.record.add(text)
        sequence = await _read(text)
        if len(sequence) == 1 and isinstance(sequence[0], Forward):
            sql = sequence[0].sql.encode(errors="surrogateescape")
            await self._flush_history(read=self._watch.begin(*split(text)))
            self._forward(Message(b"Q", sql + b"\0"))
            return
        exchange = await self._open_exchange()
        if exchange is None:
            return
        with exchange:
            texts = split(text)
            for at, plan in enumerate(sequence):
                read = self._watch.begin(texts[at] if len(texts) == len(sequence) else text)
                await self._flush_history(read=read)
                if not await self._perform(plan, exchange):
                    break
            self._watch.sync()
            self._server.write(protocol.SYNC.encode())
            try:
                ready = await exchange.next(b"Z")
            except ServerError as error:  # the commit failed
                self._send_client(error.message)
                ready = await exchange.next(b"Z")
            self._send_client(ready)
            self._skipping = False

    async def _parse(self, message: Message) -> None:
        (name, sql), types = protocol.split_cstrings(message.body, 2)
        self._shared.record.add(sql)
        await self._flush_history(read=self._watch.parse(name, sql))
        sequence = await _read(sql)
        plan = sequence[0] if len(sequence) == 1 else Forward(sql)
        match plan:
            case Forward():
                _remember(self._statements, name, None)
                self._forward(protocol.parse(plan.sql, name, types))
            case Refuse():
                if exchange := await self._open_exchange():
                    with exchange:
                        await self._perform(plan, exchange)
            case _:
                _remember(self._statements, name, plan)
                self._forward(protocol.parse(_STAND_IN, name))

    async def _flush_history(self, *, read: bool) -> None:
        """Write the statements to SYS_QUERY_HISTORY, if one reads it or the writing is due."""
        if read or self._shared.queries.is_due:
            await asyncio.to_thread(self._shared.queries.flush)

    # -- the relay's own exchanges -------------------------------------------

    async def _open_exchange(self) -> Exchange | None:
        """Wait until the server has answered all requests, then open an exchange with it.

        Returns None if an earlier message failed: the server is waiting for Sync.
        """
        self._server.write(protocol.FLUSH.encode())
        await self._quiet.wait()
        if self._skipping:
            return None
        return Exchange(self._server, self._set_exchange)

    def _set_exchange(self, exchange: Exchange | None) -> None:
        self._exchange = exchange

    async def _perform(self, plan: Plan, exchange: Exchange) -> bool:
        """Carry out a plan and answer the client; returns False if it failed."""
        try:
            match plan:
                case Forward():
                    await exchange.run(plan.sql, relay=self._send_client)
                case Refuse():
                    await exchange.fail(plan.message, hint=plan.hint, code="0A000")
                case Run():
                    for sql in plan.statements:
                        await exchange.run(sql)
                    self._send_client(protocol.command_complete(plan.tag))
                case Copy():
                    query_id = await asyncio.to_thread(self._watch.identify)
                    copy = CopyRun(
                        plan.command,
                        exchange,
                        self._shared.store,
                        self._shared.history,
                        query_id=query_id,
                    )
                    for notice in await copy.run(self._database):
                        self._send_client(notice)
                    self._send_client(protocol.command_complete("COPY"))
        except ServerError as error:
            self._skipping = True
            self._send_client(error.message)
            return False
        return True


async def _read(sql: str) -> tuple[Plan, ...]:
    """The plans for a query text. A long one is parsed in a thread, so that others can proceed."""
    return plans(sql) if len(sql) <= LONG else await asyncio.to_thread(plans, sql)


def _remember(plans: dict[str, Plan], name: str, plan: Plan | None) -> None:
    if plan is None:
        plans.pop(name, None)
    else:
        plans[name] = plan


def _redshift_error(message: Message) -> Message:
    """PostgreSQL's error as Redshift reports it.

    Serialization conflicts get Redshift's code and text (c_serial_isolation). The endpoint's own
    functions are removed from an error's context.
    """
    fields = protocol.fields(message.body)
    if "redshift_" in fields.get("W", ""):
        del fields["W"]
    elif fields.get("C") == "40001" and "dependencies among transactions" in fields["M"]:
        detail = "Serializable isolation violation on a table in Redshift"
        fields |= {"C": "XX000", "M": "1023", "D": f"{detail}: {fields['M']}"}
    elif fields.get("C") == "40001" or fields["M"].startswith("tuple concurrently"):
        words = "could not complete because of conflict with concurrent transaction"
        fields |= {"C": "XX000", "M": words, "D": fields["M"]}
    elif fields.get("C") == "42P01" and _SYSTEM_VIEW.search(fields["M"]):
        fields["H"] = "The local endpoint does not emulate this system view."
    else:
        return message
    return Message(b"E", protocol.encode_fields(fields))


_SYSTEM_VIEW = re.compile(r'relation "(\w+\.)?(stl|stv|svl|svv|svcs|sys)_\w+"')
