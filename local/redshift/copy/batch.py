"""The decoders' result: rows as CSV, the lines they came from, and rejected rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from local.redshift.copy.load_errors import LoadError

# The options with which PostgreSQL reads this CSV. It detects the line ending at the first newline
# outside quotes, and miscounts lines inside quotes before that. The header is such a line.
CSV_OPTIONS = "format csv, header, null 'null', quote '\"', escape E'\\\\'"
CSV_HEADER = b"header\n"


@dataclass(slots=True)
class Batch:
    """Converted rows, and the errors among their records.

    :param lines: how many lines of the file are finished.
    :param spans: the origin of each piece of `csv`: (rows, lines of CSV, line of the file). If
        rows and lines are equal, each row is the next line of the file.
    """

    csv: list[bytes] = field(default_factory=list)
    rows: int = 0
    lines: int = 0
    spans: list[tuple[int, int, int]] = field(default_factory=list)
    errors: list[LoadError] = field(default_factory=list)

    def add_line_by_line(self, csv: bytes, rows: int, file_line: int) -> None:
        """Add rows that each take one line, both in the CSV and in the file."""
        self.csv.append(csv)
        self.rows += rows
        self.spans.append((rows, rows, file_line))

    def add_row(self, csv: bytes, file_line: int) -> None:
        """Add one row, which may take several lines of CSV."""
        self.csv.append(csv)
        self.rows += 1
        self.spans.append((1, csv.count(b"\n"), file_line))
