"""The fast path of COPY: converts simple JSON lines to CSV, a block at a time.

How it works: msgspec decodes a block of whole lines into structs and encodes each struct as an
array, which is CSV apart from its brackets. The type of a field checks what can be checked there
(the length of a text, a whole number). Numbers with decimals keep their original bytes.

If a value does not fit its type, the block is not plain, and the reader narrows it down to the
line that causes it. If a later check rejects a row, the row is odd. Both cases go through the
`RecordDecoder`, which implements all rules.

This decoder may therefore refuse too much, but must never convert a record differently from the
`RecordDecoder`. `test_json_reader.py` compares the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from local.redshift.copy.copy_command import CopyCommand
from local.redshift.copy.json_paths import Paths
from local.redshift.copy.load_errors import Column

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Below this limit, a float of seconds is exact to half a microsecond.
_EXACT_SECONDS = 1 << 32
_NEWLINE = 0x0A
_NULL = msgspec.Raw(b"null")
_IN_NUMBERS = b'0123456789+-.eE",'
# Escapes that msgspec writes and PostgreSQL does not read: in its CSV, \ escapes only " and \.
_ESCAPE = re.compile(rb"\\(?:[\\bfnrt]|u00[0-9a-f]{2})")
_EMPTY = re.compile(rb',""')  # twice as fast as bytes.replace on text with many quotes
_FOREIGN_ESCAPE = re.compile(rb'\\[^"]')
# A text that may be blank: it begins with a blank, or with something that may encode one.
_MAYBE_BLANK = re.compile(rb'[,\n]"(?:[\x20\x80-\xff]|\\[^"\\])')
# Escapes of characters that would break a line of CSV, or that Redshift does not allow in a text.
_UNFIT = frozenset({rb"\n", rb"\r", rb"\u0000"})


@dataclass(frozen=True, slots=True)
class Plain:
    """Rows as CSV, one per line.

    :param odd: the numbers of the rows, from 0, whose CSV must not be used.
    """

    csv: bytes
    rows: int
    odd: list[int]


class BlockDecoder:
    """Decodes blocks whose columns are top-level keys of the records (`paths.flat`)."""

    def __init__(self, columns: list[Column], paths: Paths, command: CopyCommand) -> None:
        self._microseconds = {"epochmillisecs": 1000, "epochsecs": 1_000_000}.get(
            command.timeformat or "", 0
        )
        self._empty_as_null = command.empty_as_null
        self._blanks_as_null = command.blanks_as_null
        named = [(f"c{at}", column) for at, column in enumerate(columns)]
        self._times = [name for name, column in named if self._is_epoch(column)]
        self._numbers = [(name, column) for name, column in named if _is_exact(column)]
        self._lengths = [(name, column.length) for name, column in named if column.length]
        row: Any = msgspec.defstruct(
            "Row",
            [self._field(name, column) for name, column in named],
            rename={f"c{at}": str(path[0]) for at, path in enumerate(paths.paths)},
            kw_only=True,
            gc=False,
        )
        self._decode = msgspec.json.Decoder(row).decode_lines
        self._encode_into = msgspec.json.Encoder().encode_into

    def _is_epoch(self, column: Column) -> bool:
        return self._microseconds > 0 and column.kind == "timestamp"

    def _field(self, name: str, column: Column) -> Any:
        if _is_exact(column):
            return (name, msgspec.Raw) if column.not_null else (name, msgspec.Raw, _NULL)
        kind = self._type(column)
        return (name, kind) if column.not_null else (name, kind | None, None)

    def _type(self, column: Column) -> Any:
        """The type of JSON values that this column accepts without further checks."""
        if self._is_epoch(column):
            return int
        empty_to_null = self._empty_as_null and not column.not_null
        if column.kind == "text":
            least = 1 if self._empty_as_null and column.not_null else None
            limits = msgspec.Meta(max_length=column.length, min_length=least)
            # A whole number becomes the text that it was written as, except -0.
            greatest = 10 ** min(column.length or 18, 18) - 1
            return Annotated[str, limits] | Annotated[int, msgspec.Meta(ge=1, le=greatest)]
        # For other types an empty or blank string is NULL.
        some = r"[+-]?[0-9]+\Z" if column.kind == "integer" else r"\S"
        text = Annotated[
            str, msgspec.Meta(pattern=rf"\A({some}|\Z)" if empty_to_null else rf"\A{some}")
        ]
        match column.kind:
            case "integer":
                return int | text
            case "boolean":
                return bool | text
            case _:
                return text

    def convert(self, block: bytes) -> Plain | None:
        """The rows of a block of whole lines, one record per line; None if it is not plain."""
        try:
            if not block.isascii():
                block.decode()  # msgspec validates only the columns
            rows = self._decode(block)
            if len(rows) != block.count(b"\n") + (not block.endswith(b"\n")):
                return None  # there is a blank line, or a record of several lines
            for name in self._times:
                self._set_times(rows, name)
        except (msgspec.MsgspecError, UnicodeError, OverflowError, RecursionError):
            return None
        if not all(self._are_numbers(rows, name, column) for name, column in self._numbers):
            return None
        csv = self._csv(rows)
        odd: set[int] = set()
        if not csv.isascii():
            odd.update(self._too_long(csv, rows))
        if self._blanks_as_null:
            odd.update(_row(csv, match) for match in _MAYBE_BLANK.finditer(csv))
        if _FOREIGN_ESCAPE.search(csv):
            odd.update(_row(csv, match) for match in _ESCAPE.finditer(csv) if match[0] in _UNFIT)
            csv = _ESCAPE.sub(_unescape, csv)
        if self._empty_as_null:
            # Inside a text this sequence cannot occur: quotes there are escaped.
            csv = _EMPTY.sub(b",null", csv)
            if "" in map(attrgetter("c0"), rows):
                csv = csv.replace(b'\n""', b"\nnull")
        return Plain(csv[1:], len(rows), sorted(odd))

    def _set_times(self, rows: list[Any], name: str) -> None:
        """Convert counts since 1970 to timestamps."""
        counts = list(map(attrgetter(name), rows))
        per_second = 1_000_000 // self._microseconds
        non_null = [count for count in counts if count is not None]
        if non_null and min(non_null) >= 0 and max(non_null) < _EXACT_SECONDS * per_second:
            seconds = [None if count is None else count / per_second for count in counts]
            moments = msgspec.convert(seconds, list[datetime | None], strict=False)
        else:
            unit = self._microseconds
            moments = [
                None if count is None else _EPOCH + timedelta(0, 0, count * unit)
                for count in counts
            ]
        for row, moment in zip(rows, moments, strict=True):
            setattr(row, name, moment)

    def _are_numbers(self, rows: list[Any], name: str, column: Column) -> bool:
        """Whether all values are numbers, with or without quotes, or NULL where allowed."""
        values = b",".join(map(attrgetter(name), rows))
        if column.scale is not None and _finer_than(column.scale).search(values):
            return False
        if b'""' in values and (column.not_null or not self._empty_as_null):
            return False
        return not values.strip(_IN_NUMBERS if column.not_null else _IN_NUMBERS + b"nul")

    def _csv(self, rows: list[Any]) -> bytes:
        """The rows as CSV, with a newline before the first row and after each row.

        Each array overwrites the closing bracket of the previous one, and its own opening bracket
        becomes the newline.
        """
        csv = bytearray()
        end = 0
        for row in map(msgspec.structs.astuple, rows):
            self._encode_into(row, csv, end)
            csv[end] = _NEWLINE
            end = len(csv) - 1
        csv[end] = _NEWLINE
        return bytes(csv)

    def _too_long(self, csv: bytes, rows: list[Any]) -> Iterator[int]:
        """Rows with a text that is too long in bytes, which is what Redshift counts."""
        lines = csv[1:-1].split(b"\n")
        for at in [at for at, line in enumerate(lines) if not line.isascii()]:
            for name, length in self._lengths:
                text = getattr(rows[at], name)
                if isinstance(text, str) and len(text.encode()) > length:
                    yield at


def _is_exact(column: Column) -> bool:
    """Whether the value must keep its written form, since no Python type holds it exactly."""
    return column.kind in {"decimal", "float"}


@cache
def _finer_than(scale: int) -> re.Pattern[bytes]:
    """A pattern for numbers that may have more than `scale` decimal places."""
    return re.compile(rb"\.[0-9]{%d}|[eE]-" % (scale + 1))


def _row(csv: bytes, match: re.Match[bytes]) -> int:
    """The number of the row in which a match begins. Each row has a newline before it."""
    return csv.count(b"\n", 0, match.start() + 1) - 1


def _unescape(match: re.Match[bytes]) -> bytes:
    return _unescaped(match[0])


@lru_cache(maxsize=256)
def _unescaped(escape: bytes) -> bytes:
    character: str = json.loads(b'"' + escape + b'"')
    return escape if character in "\0\r\n\\" else character.encode()
