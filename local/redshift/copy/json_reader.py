"""Converts the JSON records of S3 objects to CSV for PostgreSQL's COPY.

How it works: an object is read in blocks that end at a line's end. The `BlockDecoder` converts
plain blocks quickly. If it refuses a block, the reader narrows it down to the line that causes it,
and the `RecordDecoder` converts that line.

Invariant: records read = rows written + rows rejected. The result does not depend on how the
object is cut into blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from local.redshift.copy.batch import Batch
from local.redshift.copy.block_decoder import BlockDecoder, Plain
from local.redshift.copy.copy_command import CopyCommand
from local.redshift.copy.json_paths import Paths
from local.redshift.copy.load_errors import Column
from local.redshift.copy.record_decoder import LONGEST_RECORD, RecordDecoder

BLOCK = 1 << 17
_BOM = b"\xef\xbb\xbf"
_NEWLINE = 0x0A


class JsonReader:
    """Reads objects for one COPY.

    :param columns: the loaded columns, in the order of `paths`.
    """

    def __init__(self, columns: list[Column], paths: Paths, command: CopyCommand) -> None:
        self._record = RecordDecoder(columns, paths, command)
        fast = paths.flat and not command.needs_every_value
        self._block = BlockDecoder(columns, paths, command) if fast else None

    def read(self, file: str, read: Callable[[int], bytes]) -> Iterator[Batch]:
        """Convert the records of one object; yields one batch per block.

        :raises RecordTooLong: a record is too long, so the rest of the object cannot be read.
        """
        rest, line, last = read(BLOCK).removeprefix(_BOM), 1, False
        end = rest[-1:] or b"\n"
        while not last:
            piece = read(BLOCK)
            block, last, end = rest + piece, not piece, (end + piece)[-1:]
            batch = Batch()
            # A block without a line's end may still contain whole records.
            cut = len(block) if last else block.rfind(b"\n") + 1 or len(block)
            used, batch.lines = self._convert(file, block[:cut], line, batch, last=last)
            line += batch.lines
            if last and end != b"\n":
                batch.lines += 1
            rest = block[used:]
            yield batch

    def _convert(
        self, file: str, block: bytes, line: int, batch: Batch, *, last: bool
    ) -> tuple[int, int]:
        """Convert the block's records; returns how many bytes and lines are finished."""
        first, at, size = line, 0, len(block)
        while at < len(block):
            end = block.find(b"\n", at + size) + 1 or len(block)
            if plain := self._plain(block[at:end]):
                self._add(file, plain, block[at:end], line, batch)
                line += plain.rows - (block[end - 1] != _NEWLINE)
                at, size = end, max(512, size * 2)
            elif self._block and size:
                size = size // 4 if size > 2048 else 0  # finally, a single line
            else:
                end = self._record.convert(file, block, at, line, batch, last=last)
                line += block.count(b"\n", at, end)
                begun, at = at, end
                if end == begun or (end < len(block) and block[end - 1] != _NEWLINE):
                    break  # the record continues in the next block
        return at, line - first

    def _plain(self, block: bytes) -> Plain | None:
        """The block's rows, if it is plain. A longer block may contain a record over the limit."""
        if self._block is None or len(block) > LONGEST_RECORD:
            return None
        return self._block.convert(block)

    def _add(self, file: str, plain: Plain, block: bytes, line: int, batch: Batch) -> None:
        """Add the rows to the batch; the `RecordDecoder` converts the odd ones."""
        if not plain.odd:
            batch.add_line_by_line(plain.csv, plain.rows, line)
            return
        records, rows = block.split(b"\n"), plain.csv.split(b"\n")
        for odd, following in pairwise([-1, *plain.odd, plain.rows]):
            if odd >= 0:
                self._record.convert(file, records[odd], 0, line + odd, batch, last=True)
            if run := rows[odd + 1 : following]:
                batch.add_line_by_line(b"\n".join(run) + b"\n", len(run), line + odd + 1)
