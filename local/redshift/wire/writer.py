"""Collects the messages of one turn of the event loop, and sends them at once.

Each send costs a system call, and wakes up the other side.
"""

from __future__ import annotations

import asyncio

_MAX_WAITING_BYTES = 1 << 16


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
        if self._size > _MAX_WAITING_BYTES:
            self.send()

    def send(self) -> None:
        """Send what is waiting."""
        if self._waiting:
            self._stream.write(b"".join(self._waiting))
            self._waiting, self._size = [], 0

    async def drain(self) -> None:
        """Wait while the other side is slow to read what was sent."""
        await self._stream.drain()
