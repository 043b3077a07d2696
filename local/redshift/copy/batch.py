"""What the decoders hand over: rows as CSV, where they came from, and rows refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from local.redshift.copy.load_errors import LoadError

# How PostgreSQL must read the CSV that is written here. It learns from a line outside of
# quotes what ends a line, and miscounts those inside before that: hence a header.
CSV_OPTIONS = "format csv, header, null 'null', quote '\"', escape E'\\\\'"
CSV_HEADER = b"header\n"


@dataclass(slots=True)
class Batch:
    """Rows, and what was found on the way.

    :param lines: of the file, that are done with.
    :param spans: where pieces of `csv` came from: (rows, lines of CSV, line of the file).
        With as many lines as rows, the file's lines follow one by one.
    """

    csv: list[bytes] = field(default_factory=list)
    rows: int = 0
    lines: int = 0
    spans: list[tuple[int, int, int]] = field(default_factory=list)
    errors: list[LoadError] = field(default_factory=list)

    def add_line_by_line(self, csv: bytes, rows: int, file_line: int) -> None:
        """Rows that take a line each, of the CSV as of the file."""
        self.csv.append(csv)
        self.rows += rows
        self.spans.append((rows, rows, file_line))

    def add_row(self, csv: bytes, file_line: int) -> None:
        """One row, which may take several lines of the CSV."""
        self.csv.append(csv)
        self.rows += 1
        self.spans.append((1, csv.count(b"\n"), file_line))
