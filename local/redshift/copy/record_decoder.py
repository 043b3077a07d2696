"""Converts JSON records to CSV one at a time, by all rules of COPY.

A record may span several lines, and a line may contain several records.

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
    invalid_json,
)
from local.redshift.copy.values import Values, replace_invalid

# In bytes. COPY fails if a JSON object is longer: copy-usage_notes-copy-from-json.
LONGEST_RECORD = 4 << 20
_NEWLINE = 0x0A
_BLANK = re.compile(rb"[ \t\r]*")
_OBJECT_OR_ARRAY = re.compile(rb"^[{\[]", re.MULTILINE)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")  # part of a pair that msgspec rejected
# Used only to find the end of a record. msgspec decodes the content.
_scan = json.JSONDecoder(parse_int=len, parse_float=len).raw_decode


class _Unfinished(Exception):
    """The record continues after the block."""


class _TooLong(Exception):
    """The record is longer than `LONGEST_RECORD`."""


class _Broken(Exception):
    """The record is not valid JSON; `at` is the position of the error."""

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
        """Convert the records that begin in the line at `at`, and add them to `batch`.

        :param line: the number of that line in the file.
        :param last: this is the object's last block.
        :returns: where to continue: the start of a line, or of a record that continues after the
            block.
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
                batch.errors.append(invalid_json(str(broken)).at(file, file_line, block[at:resume]))
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
            raise _invalid_json_or_utf8(record, error) from None
        row = b",".join(map(self._csv, self._columns, values)) + b"\n"
        try:
            record.decode()  # check the bytes outside the columns too
        except UnicodeDecodeError as error:
            raise _invalid_json_or_utf8(record, error) from None
        return row

    def _csv(self, column: Column, value: msgspec.Raw | None) -> bytes:
        return self._values.csv(column, _text(column, value))


def _text(column: Column, value: msgspec.Raw | None) -> str | None:
    """The value as text; None if it is null."""
    if value is None or (raw := bytes(value)) == b"null":
        return None
    try:
        return msgspec.json.decode(raw, type=str) if raw[:1] == b'"' else raw.decode()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _invalid_json_or_utf8(raw, error, column) from None


def _end_of_record(block: bytes, at: int, *, last: bool) -> int:
    """The end of the record that begins at `at`.

    :raises _Unfinished: the record continues after the block.
    :raises _TooLong: it is longer than `LONGEST_RECORD`. An invalid record counts up to the end of
        the line that contains its error.
    :raises _Broken: it is not valid JSON.
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
            # A truncated number may look complete.
            if at + length < len(block) or last or text[length - 1] in '}]"':
                return at + length
            reason, where = "unfinished", length
        remainder = text[where:].rstrip()
        if not remainder and end < len(block):
            size = 2 * len(text)
            continue
        if (text.find("\n", where) + 1 or len(text)) > LONGEST_RECORD:
            raise _TooLong
        if not ("\n" in remainder or last or end < len(block)):
            raise _Unfinished  # the rest of the line, after the block, may complete the record
        raise _Broken(reason, at + where)


def _next_record(block: bytes, at: int, error: int) -> int:
    """Where to continue after the broken record at `at`: the start of a later line.

    This is the first line that looks like the start of a record, or the line that contains the
    error, whichever comes first.
    """
    second_line = block.find(b"\n", at) + 1 or len(block)
    error_line = block.rfind(b"\n", at, error) + 1
    if error_line <= at:
        return second_line
    match = _OBJECT_OR_ARRAY.search(block, second_line, error_line + 1)
    return match.start() if match else error_line


def _invalid_json_or_utf8(
    raw: bytes, error: Exception, column: Column | None = None
) -> RowRejected:
    try:
        raw.decode()
    except UnicodeDecodeError as bad:
        return bad_utf8(f"{raw[bad.start : bad.end].hex()} (error {bad.start})", column, bad.start)
    if _SURROGATE.search(raw):
        return bad_utf8("a lone surrogate", column)
    return invalid_json(str(error))
