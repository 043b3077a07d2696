"""Statements that the relay itself runs on a client's connection to PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self

from local.redshift.wire import protocol
from local.redshift.wire.protocol import Message
from local.redshift.wire.writer import MessageWriter


class ServerError(Exception):
    """PostgreSQL answered with an error; `message` is the ErrorResponse."""

    def __init__(self, message: Message) -> None:
        super().__init__(protocol.fields(message.body).get("M"))
        self.message = message


class Exchange:
    """Runs statements one by one. The answers come here and not to the client.

    :param attach: called with this exchange when it begins, and with None when it ends.
    """

    def __init__(self, server: MessageWriter, attach: Callable[[Exchange | None], None]) -> None:
        self._server, self._attach = server, attach
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()

    def __enter__(self) -> Self:
        self._attach(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._attach(None)

    def receive(self, message: Message) -> None:
        self._inbox.put_nowait(message)

    async def next(self, *kinds: bytes, notices: list[Message] | None = None) -> Message:
        """The next message of one of `kinds`; earlier messages of other kinds are discarded.

        :raises ServerError: an error arrived first.
        """
        while True:
            message = await self._inbox.get()
            if message.kind in kinds:
                return message
            if message.kind == b"E":
                raise ServerError(message)
            if message.kind == b"N" and notices is not None:
                notices.append(message)

    def drain(self) -> list[Message]:
        """The messages that have arrived and were not read yet."""
        messages = []
        while not self._inbox.empty():
            messages.append(self._inbox.get_nowait())
        return messages

    async def send(self, *messages: Message) -> None:
        for message in messages:
            self._server.write(message.encode())
        await self._server.drain()

    async def send_rows(self, pieces: list[bytes]) -> None:
        """Send rows of a COPY as CSV."""
        self._server.write(protocol.copy_data(pieces))
        await self._server.drain()

    def start(self, sql: str) -> None:
        """Send a statement by the extended protocol, without Sync."""
        for message in (
            protocol.parse(sql),
            protocol.bind(),
            protocol.describe_portal(),
            protocol.execute(),
            protocol.FLUSH,
        ):
            self._server.write(message.encode())

    async def run(
        self, sql: str, *, relay: Callable[[Message], None] | None = None
    ) -> list[list[str | None]]:
        """Run a statement and return its rows. With `relay`, pass its answers on instead.

        :raises ServerError: the statement failed.
        """
        self.start(sql)
        rows = []
        while True:
            message = await self.next(b"T", b"D", b"N", b"C", b"I")
            if relay is not None:
                relay(message)
            elif message.kind == b"D":
                rows.append(protocol.row_values(message.body))
            if message.kind in {b"C", b"I"}:
                return rows

    async def fail(self, text: str, *, code: str = "XX000", hint: str = "") -> None:
        """Make the client's transaction fail with this error, so that PostgreSQL aborts it.

        :raises ServerError: always.
        """
        using = [f"message = {literal(text)}", f"errcode = {literal(code)}"]
        if hint:
            using.append(f"hint = {literal(hint)}")
        block = f"begin raise exception using {', '.join(using)}; end"
        try:
            await self.run(f"do {literal(block)}")
        except ServerError as error:
            fields = protocol.fields(error.message.body)
            fields.pop("W", None)  # the error's context is the block above
            raise ServerError(Message(b"E", protocol.encode_fields(fields))) from None


def quoted(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string as an SQL literal that does not depend on standard_conforming_strings."""
    quoted = text.replace("\0", "").replace("\\", "\\\\").replace("'", "''")
    return f"E'{quoted}'"
