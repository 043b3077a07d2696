"""Messages that are written together are sent together, in their order."""

from __future__ import annotations

import asyncio
from typing import Any

from local.redshift.wire.writer import MessageWriter


class Stream:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)


def sent(*turns: list[bytes]) -> list[bytes]:
    """What is sent when each turn of the event loop writes its messages."""
    stream: Any = Stream()

    async def write() -> None:
        writer = MessageWriter(stream)
        for messages in turns:
            for message in messages:
                writer.write(message)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    asyncio.run(write())
    return stream.sent


def test_a_turns_messages_are_sent_at_once():
    assert sent([b"a", b"b"], [], [b"c"]) == [b"ab", b"c"]


def test_many_bytes_do_not_wait_for_the_end_of_the_turn():
    many = b"x" * 40_000
    assert sent([b"a", many, many, b"b"]) == [b"a" + 2 * many, b"b"]
