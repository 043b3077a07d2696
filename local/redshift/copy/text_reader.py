"""Converts delimited text and CSV from S3 objects to CSV for PostgreSQL's COPY.

An object is read in blocks. A record that continues after its block is converted with the next.
Invariant: records read = rows written + rows rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from local.redshift.copy.batch import Batch
from local.redshift.copy.copy_command import CopyCommand
from local.redshift.copy.load_errors import (
    Column,
    RecordTooLong,
    RowRejected,
    bad_utf8,
    no_data,
    too_few_columns,
    too_many_columns,
)
from local.redshift.copy.text_records import Record, RecordCutter, Unfinished, is_empty_line
from local.redshift.copy.values import Values, replace_invalid

BLOCK = 1 << 17
# In bytes: copy-parameters-data-conversion, TRUNCATECOLUMNS.
LONGEST_RECORD = 4 << 20
_BOM = b"\xef\xbb\xbf"


class TextReader:
    """Reads objects for one COPY.

    :param columns: the loaded columns, in the order of the fields.
    """

    def __init__(self, columns: list[Column], command: CopyCommand) -> None:
        self._columns, self._command = columns, command
        self._cutter, self._values = RecordCutter(command), Values(command)

    def read(self, file: str, read: Callable[[int], bytes]) -> Iterator[Batch]:
        """Convert the records of one object; yields one batch per block.

        :raises RecordTooLong: a record is too long, so the rest of the object cannot be read.
        """
        block, line, last = read(BLOCK).removeprefix(_BOM), 1, False
        header = self._command.ignore_header
        while block or not last:
            piece = read(BLOCK)
            block, last = block + piece, not piece
            batch, at = Batch(), 0
            while header and (end := block.find(b"\n", at) + 1):
                at, header, batch.lines = end, header - 1, batch.lines + 1
            if header and last:  # the object ends inside its header
                at, header, batch.lines = len(block), 0, batch.lines + (at < len(block))
            if not header:
                at = self._convert(file, block, at, line, batch, last=last)
            block, line = block[at:], line + batch.lines
            if len(block) > LONGEST_RECORD:
                raise RecordTooLong(file, line, LONGEST_RECORD)
            yield batch

    def _convert(
        self, file: str, block: bytes, at: int, line: int, batch: Batch, *, last: bool
    ) -> int:
        """Convert the records from `at` on; returns the start of the first unfinished one."""
        while at < len(block):
            try:
                record = self._cutter.cut(block, at, last=last)
            except Unfinished:
                break
            lines = block.count(b"\n", at, record.end) + (block[record.end - 1] != 0x0A)
            batch.lines += lines
            ignored = self._command.ignore_blank_lines and is_empty_line(block, at)
            file_line = line + batch.lines - 1
            raw = block[at : record.end]
            try:
                if not ignored:
                    batch.add_row(self._row(raw, record), file_line)
            except RowRejected as rejected:
                batch.errors.append(rejected.at(file, file_line, raw))
            at = record.end
        return at

    def _row(self, raw: bytes, record: Record) -> bytes:
        """One record as CSV.

        :raises RowRejected: it cannot be loaded.
        """
        if record.rejected is not None:
            raise record.rejected
        fields = record.fields
        if len(fields) > len(self._columns):
            raise too_many_columns()
        if len(fields) < len(self._columns):
            if not raw.strip(b"\r\n"):
                raise no_data()
            if not self._command.fill_record:
                raise too_few_columns()
            fields = fields + [b""] * (len(self._columns) - len(fields))
        return b",".join(map(self._field, self._columns, fields)) + b"\n"

    def _field(self, column: Column, data: bytes | None) -> bytes:
        if data is None:
            return self._values.csv(column, None)
        if self._command.accept_invalid_chars is not None:
            data = replace_invalid(data, self._command.accept_invalid_chars)
        try:
            return self._values.csv(column, data.decode())
        except UnicodeDecodeError as error:
            shown = f"{data[error.start : error.end].hex()} (error {error.start})"
            raise bad_utf8(shown, column, error.start) from None
