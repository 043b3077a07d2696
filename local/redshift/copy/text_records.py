"""Cuts delimited text and CSV into records and fields.

Source: Amazon Redshift's manual, "Data format parameters" (CSV, DELIMITER) and "Data
conversion parameters" (ESCAPE, REMOVEQUOTES).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from local.redshift.copy.copy_command import CopyCommand
from local.redshift.copy.load_errors import RowRejected

_EMPTY_LINE = re.compile(rb"\r?\n")


class Unfinished(Exception):
    """The record continues after the block."""


@dataclass(slots=True)
class Record:
    """One record; a bad one has `rejected` set.

    :param end: the start of the next record.
    :param fields: the bytes of each field; None is NULL.
    """

    end: int
    fields: list[bytes | None] = field(default_factory=list)
    rejected: RowRejected | None = None


class RecordCutter:
    """Cuts records for one COPY."""

    def __init__(self, command: CopyCommand) -> None:
        delimiter = re.escape((command.delimiter or ("," if command.csv else "|")).encode())
        self._null = command.null_as.encode()
        self._escape = command.escape
        end = rb"(?P<end>%b|\r?\n|\r?\Z)" % delimiter
        bare = rb"[^\n]*?" if not command.escape else rb"(?:[^\\\n]|\\.)*?"
        self._bare = re.compile(rb"(?P<text>%b)%b" % (bare, end), re.DOTALL)
        self._line = re.compile(rb"%b\r?\n" % bare, re.DOTALL)
        self._quoted = None
        if command.csv:
            quote = re.escape(command.quote.encode())
            blank = rb"(?:(?!%b)[ \t])*" % delimiter
            text = rb"(?P<text>(?:[^%b]|%b%b)*+)" % (quote, quote, quote)
            self._quoted = re.compile(blank + quote + text + quote + blank + end)
            self._opening = re.compile(blank + quote)
            self._quote = command.quote.encode()
        elif command.remove_quotes:
            inner = bare.replace(b"*?", b"*?")
            text = rb"(?P<text>%b)" % inner
            self._quoted = re.compile(rb"(?P<quote>[\"'])%b(?P=quote)%b" % (text, end), re.DOTALL)
            self._opening = re.compile(rb"[\"']")
        self._csv = command.csv
        self._bad_quotes = f"Invalid quote formatting{' for CSV' if command.csv else ''}"

    def cut(self, block: bytes, at: int, *, last: bool) -> Record:
        """The record that begins at `at`.

        :param last: this is the object's last block.
        :raises Unfinished: the record may continue after the block.
        """
        record = Record(at)
        while True:
            match = self._field(block, record.end)
            if match is None:
                if not last:
                    raise Unfinished
                return self._broken(block, at, self._bad_quotes, last=True)
            if match.end() == len(block) and not last and match["end"][-1:] != b"\n":
                raise Unfinished
            text, quoted = match["text"], match.re is self._quoted
            if not quoted and self._is_open(block, record.end):
                return self._broken(block, at, self._bad_quotes, last=last)
            if self._csv and not quoted and self._quote in text:
                return self._broken(block, at, self._bad_quotes, last=last)
            if b"\r" in text and not quoted and not self._escape:
                shown = text[text.index(b"\r") + 1 :][:1].hex()
                reason = f"Missing newline: Unexpected character 0x{shown}"
                return self._broken(block, at, reason, last=last)
            record.fields.append(self._value(text, quoted=quoted))
            record.end = match.end()
            if match["end"][-1:] == b"\n" or match["end"] in {b"", b"\r"}:
                return record

    def _field(self, block: bytes, at: int) -> re.Match[bytes] | None:
        if self._quoted is not None and self._opening.match(block, at):
            if match := self._quoted.match(block, at):
                return match
            if not self._is_whole(block, at):
                return None
        return self._bare.match(block, at)

    def _is_whole(self, block: bytes, at: int) -> bool:
        """Whether the block contains the whole of a badly quoted field."""
        if not self._csv:
            return self._line.match(block, at) is not None
        opening = self._opening.match(block, at)
        assert opening is not None
        return self._quote in block[opening.end() :].replace(self._quote * 2, b"")

    def _is_open(self, block: bytes, at: int) -> bool:
        return self._quoted is not None and self._opening.match(block, at) is not None

    def _broken(self, block: bytes, at: int, reason: str, *, last: bool) -> Record:
        """A rejected record, which extends to the end of its first line.

        :raises Unfinished: the line ends after the block.
        """
        end = block.find(b"\n", at) + 1
        if not end and not last:
            raise Unfinished
        return Record(end or len(block), rejected=RowRejected(1216, reason))

    def _value(self, text: bytes, *, quoted: bool) -> bytes | None:
        if text == self._null or (self._escape and text == b"\\" + self._null):
            return None
        if self._csv and quoted:
            return text.replace(self._quote * 2, self._quote)
        if self._escape:
            return re.sub(rb"\\(.)", rb"\1", text, flags=re.DOTALL)
        return text


def is_empty_line(block: bytes, at: int) -> bool:
    return _EMPTY_LINE.match(block, at) is not None
