"""Reads and writes messages of PostgreSQL's wire protocol, version 3.

Redshift uses the same protocol. This module does not know SQL.
Source: PostgreSQL's manual, "Message Formats".
"""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass

VERSION = 3 << 16
SSL_REQUEST = 80877103
GSS_REQUEST = 80877104
CANCEL_REQUEST = 80877102

_LONGEST_STARTUP = 10_000  # PostgreSQL's own limit

_INT16 = struct.Struct("!h")
_INT32 = struct.Struct("!i")
_HEADER = struct.Struct("!ci")


class NoMessage(Exception):
    """The bytes are not a message of the protocol."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its type byte and its body, without the length."""

    kind: bytes
    body: bytes

    def encode(self) -> bytes:
        return _HEADER.pack(self.kind, len(self.body) + 4) + self.body


async def read_message(reader: asyncio.StreamReader) -> Message:
    """The next message.

    :raises asyncio.IncompleteReadError: the peer disconnected.
    """
    kind, length = _HEADER.unpack(await reader.readexactly(5))
    if length < 4:
        raise NoMessage(f"a message of {length} bytes")
    return Message(kind, await reader.readexactly(length - 4))


async def read_startup(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The first message of a connection, which has no type byte: (code, body after the code).

    :raises NoMessage: the peer does not speak the protocol.
    """
    length, code = struct.unpack("!ii", await reader.readexactly(8))
    if not 8 <= length <= _LONGEST_STARTUP:
        raise NoMessage(f"a first message of {length} bytes")
    return code, await reader.readexactly(length - 8)


def startup(code: int, body: bytes) -> bytes:
    return struct.pack("!ii", len(body) + 8, code) + body


def startup_parameters(body: bytes) -> dict[str, str]:
    parts = body.split(b"\0")
    return {_text(k): _text(v) for k, v in zip(parts[::2], parts[1::2], strict=False) if k}


def encode_parameters(parameters: dict[str, str]) -> bytes:
    pairs = (cstring(name) + cstring(value) for name, value in parameters.items())
    return b"".join(pairs) + b"\0"


def cstring(text: str) -> bytes:
    return text.encode(errors="surrogateescape") + b"\0"


def _text(raw: bytes) -> str:
    """Bytes as text. `cstring` restores the same bytes, even if they are not UTF-8."""
    return raw.decode(errors="surrogateescape")


def split_cstrings(body: bytes, count: int) -> tuple[list[str], bytes]:
    """The first `count` zero-terminated strings of a body, and the rest."""
    *parts, rest = body.split(b"\0", count)
    return [_text(part) for part in parts], rest


def parse(sql: str, name: str = "", types: bytes = _INT16.pack(0)) -> Message:
    return Message(b"P", cstring(name) + cstring(sql) + types)


def bind() -> Message:
    """Bind the unnamed statement, without parameters, to the unnamed portal."""
    return Message(b"B", b"\0\0" + _INT16.pack(0) * 3)


def describe_portal() -> Message:
    return Message(b"D", b"P\0")


def execute() -> Message:
    return Message(b"E", b"\0" + _INT32.pack(0))


FLUSH = Message(b"H", b"")
SYNC = Message(b"S", b"")
COPY_DONE = Message(b"c", b"")


def copy_data(pieces: list[bytes]) -> bytes:
    """An encoded CopyData message. Its body may be long, so it is copied only once."""
    return b"".join([_HEADER.pack(b"d", sum(map(len, pieces)) + 4), *pieces])


def copy_fail(reason: str) -> Message:
    return Message(b"f", cstring(reason))


def command_complete(tag: str) -> Message:
    return Message(b"C", cstring(tag))


def parameter_status(name: str, value: str) -> Message:
    return Message(b"S", cstring(name) + cstring(value))


def notice(severity: str, text: str) -> Message:
    """A NoticeResponse.

    :param severity: `INFO` or `WARNING`.
    """
    code = "01000" if severity == "WARNING" else "00000"
    return Message(b"N", encode_fields({"S": severity, "V": severity, "C": code, "M": text}))


def fatal(text: str, *, code: str) -> Message:
    """An ErrorResponse after which the connection is closed."""
    return Message(b"E", encode_fields({"S": "FATAL", "V": "FATAL", "C": code, "M": text}))


def encode_fields(fields: dict[str, str]) -> bytes:
    return b"".join(code.encode() + cstring(text) for code, text in fields.items()) + b"\0"


def fields(body: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse or NoticeResponse, by one-letter code."""
    return {_text(part[:1]): _text(part[1:]) for part in body.split(b"\0") if part}


def row_values(body: bytes) -> list[str | None]:
    """The columns of a DataRow in text format."""
    (count,) = _INT16.unpack_from(body)
    values: list[str | None] = []
    offset = 2
    for _ in range(count):
        (length,) = _INT32.unpack_from(body, offset)
        offset += 4
        if length < 0:
            values.append(None)
        else:
            values.append(body[offset : offset + length].decode())
            offset += length
    return values
