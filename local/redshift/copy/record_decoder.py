"""Any JSON record as CSV, one at a time: the rules of COPY in full.

Records need no line of their own: one may take several lines, and a line may hold several.

Source: Amazon Redshift's manual, "COPY from JSON format".
"""

from __future__ import annotations

import json
import re

import msgspec

from local.redshift.copy.batch import Batch
from local.redshift.copy.copy_command import CopyCommand
from local.redshift.copy.json_paths import Paths, pick
from local.redshift.copy.load_errors import (
    Column,
    RecordTooLong,
    RowRejected,
    bad_utf8,
    no_json,
)
from local.redshift.copy.values import Values, replace_invalid

# Bytes of one JSON object; COPY fails at a longer one: copy-usage_notes-copy-from-json.
LONGEST_RECORD = 4 << 20
_NEWLINE = 0x0A
_BLANK = re.compile(rb"[ \t\r]*")
_OBJECT_OR_ARRAY = re.compile(rb"^[{\[]", re.MULTILINE)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")  # of a pair that msgspec found broken
# Only where a record ends is asked of this one; what is in it is msgspec's to say.
_scan = json.JSONDecoder(parse_int=len, parse_float=len).raw_decode


class _Unfinished(Exception):
    """The record goes on behind the block."""


class _TooLong(Exception):
    """The record has more bytes than one may have."""


class _Broken(Exception):
    """No JSON; `at` is where it stops being any."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.at = at


class RecordDecoder:
    """Decodes records for one COPY."""

    def __init__(self, columns: list[Column], paths: Paths, command: CopyCommand) -> None:
        self._columns, self._paths, self._command = columns, paths, command
        self._values = Values(command)

    def convert(
        self, file: str, block: bytes, at: int, line: int, batch: Batch, *, last: bool
    ) -> int:
        """Convert the records that begin in the line at `at`, into `batch`.

        :param line: the number of that line in the file.
        :param last: nothing comes behind this block.
        :returns: how far it came: a line's start, or that of a record that goes on behind
            the block.
        :raises RecordTooLong: a record is longer than `LONGEST_RECORD`.
        """
        start = at
        while (at := _BLANK.match(block, at).end()) < len(block):  # type: ignore[union-attr]
            if block[at] == _NEWLINE:
                return at + 1
            try:
                end = _end_of_record(block, at, last=last)
            except _Unfinished:
                return at
            except _TooLong:
                file_line = line + block.count(b"\n", start, at + LONGEST_RECORD)
                raise RecordTooLong(file, file_line, LONGEST_RECORD) from None
            except _Broken as broken:
                resume = _next_record(block, at, broken.at)
                file_line = line + block.count(b"\n", start, resume - 1)
                batch.errors.append(no_json(str(broken)).at(file, file_line, block[at:resume]))
                return resume
            file_line = line + block.count(b"\n", start, end)
            try:
                batch.add_row(self._row(block[at:end]), file_line)
            except RowRejected as rejected:
                batch.errors.append(rejected.at(file, file_line, block[at:end]))
            at = end
        return at

    def _row(self, record: bytes) -> bytes:
        """One record as CSV.

        :raises RowRejected: it cannot be loaded.
        """
        if self._command.accept_invalid_chars is not None:
            record = replace_invalid(record, self._command.accept_invalid_chars)
        try:
            values = pick(record, self._paths)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _no_json_or_utf8(record, error) from None
        row = b",".join(map(self._csv, self._columns, values)) + b"\n"
        try:
            record.decode()  # outside of the columns too
        except UnicodeDecodeError as error:
            raise _no_json_or_utf8(record, error) from None
        return row

    def _csv(self, column: Column, value: msgspec.Raw | None) -> bytes:
        return self._values.csv(column, _text(column, value))


def _text(column: Column, value: msgspec.Raw | None) -> str | None:
    """The value as text, None where it is null."""
    if value is None or (raw := bytes(value)) == b"null":
        return None
    try:
        return msgspec.json.decode(raw, type=str) if raw[:1] == b'"' else raw.decode()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _no_json_or_utf8(raw, error, column) from None


def _end_of_record(block: bytes, at: int, *, last: bool) -> int:
    """Where the record that begins at `at` ends.

    :raises _Unfinished: behind the block.
    :raises _TooLong: behind the longest that a record may be. One that is no JSON goes on
        to the end of the line that its error is in.
    :raises _Broken: it is no JSON.
    """
    size = 0
    while True:
        end = block.find(b"\n", at + size) + 1 or len(block)
        text = block[at:end].decode("latin-1")
        try:
            length = _scan(text)[1]
        except json.JSONDecodeError as error:
            reason, where = error.msg, error.pos
        except RecursionError:
            reason, where = "nested too deeply", 0
        else:
            if length > LONGEST_RECORD:
                raise _TooLong
            # Cut short, a number may look whole.
            if at + length < len(block) or last or text[length - 1] in '}]"':
                return at + length
            reason, where = "unfinished", length
        behind = text[where:].rstrip()
        if not behind and end < len(block):
            size = 2 * len(text)
            continue
        if (text.find("\n", where) + 1 or len(text)) > LONGEST_RECORD:
            raise _TooLong
        if not ("\n" in behind or last or end < len(block)):
            raise _Unfinished  # more of the error's line, behind the block, may mend it
        raise _Broken(reason, at + where)


def _next_record(block: bytes, at: int, error: int) -> int:
    """Where to go on behind the broken record at `at`: a later line's start.

    That is the first that looks like a record's, up to the line that the error is in;
    a record of several lines with its error inside is given up to there.
    """
    second_line = block.find(b"\n", at) + 1 or len(block)
    error_line = block.rfind(b"\n", at, error) + 1
    if error_line <= at:
        return second_line
    match = _OBJECT_OR_ARRAY.search(block, second_line, error_line + 1)
    return match.start() if match else error_line


def _no_json_or_utf8(raw: bytes, error: Exception, column: Column | None = None) -> RowRejected:
    try:
        raw.decode()
    except UnicodeDecodeError as bad:
        return bad_utf8(f"{raw[bad.start : bad.end].hex()} (error {bad.start})", column, bad.start)
    if _SURROGATE.search(raw):
        return bad_utf8("a lone surrogate", column)
    return no_json(str(error))
