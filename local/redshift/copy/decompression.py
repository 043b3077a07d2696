"""Decompresses GZIP, BZIP2 and ZSTD objects.

An object may consist of several compressed members in sequence; all are read. Any other bytes
after a member are an error, since skipping them could lose rows.
"""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Callable
from typing import Any, Literal

from backports import zstd

Compression = Literal["gzip", "bzip2", "zstd"]

_PIECE = 1 << 16
_DECOMPRESSORS: dict[Compression, Callable[[], Any]] = {
    "bzip2": bz2.BZ2Decompressor,
    "zstd": zstd.ZstdDecompressor,
}


class NotDecompressed(Exception):
    """The bytes are truncated, or do not have the expected format."""


def decompressing(
    read: Callable[[int], bytes], compression: Compression | None
) -> Callable[[int], bytes]:
    """A function that reads and decompresses what `read` returns.

    :param read: must not raise `OSError`, which would be mistaken for a format error.
    :returns: a function that raises `NotDecompressed` if the bytes are truncated or malformed.
    """
    if compression is None:
        return read
    source = _Source(read)
    opened: Any = (
        gzip.GzipFile(fileobj=source)  # type: ignore[call-overload]
        if compression == "gzip"
        else _Members(source, _DECOMPRESSORS[compression])
    )

    def read_plain(size: int) -> bytes:
        try:
            piece: bytes = opened.read(size)
        except (OSError, EOFError, zlib.error, zstd.ZstdError) as error:
            raise NotDecompressed(f"cannot be read as {compression.upper()}: {error}") from None
        return piece

    return read_plain


class _Source:
    """Wraps `read` in the file object that `gzip` needs."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self.read = read


class _Members:
    """Reads compressed members. Unlike `bz2.BZ2File` and `zstd.ZstdFile`, it rejects other bytes.

    :param decompressor: creates the decompressor for one member.
    """

    def __init__(self, source: _Source, decompressor: Callable[[], Any]) -> None:
        self._source, self._decompressor = source, decompressor
        self._member: Any = None

    def read(self, size: int) -> bytes:
        while True:
            member, data = self._member, b""
            if member is None or member.eof:
                data = (member.unused_data if member else b"") or self._source.read(_PIECE)
                if not data:
                    return b""
                member = self._member = self._decompressor()
            elif member.needs_input and not (data := self._source.read(_PIECE)):
                raise EOFError("it ended before the end-of-stream marker was reached")
            piece: bytes = member.decompress(data, size)
            if piece:
                return piece
