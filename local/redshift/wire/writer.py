"""Sends messages together that are written together: each send wakes the other side up."""

from __future__ import annotations

import asyncio

_MOST_WAITING = 1 << 16  # bytes


class MessageWriter:
    """Keeps what is written until the event loop turns to the next task, then sends it at once.

    :param stream: nobody else may write to it any more.
    """

    def __init__(self, stream: asyncio.StreamWriter) -> None:
        self._stream = stream
        self._waiting: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.send)
        self._waiting.append(data)
        self._size += len(data)
        if self._size > _MOST_WAITING:
            self.send()

    def send(self) -> None:
        """Send what is waiting."""
        if self._waiting:
            self._stream.write(b"".join(self._waiting))
            self._waiting, self._size = [], 0

    async def drain(self) -> None:
        """Wait while the other side is slow to read."""
        await self._stream.drain()
