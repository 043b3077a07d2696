"""What a load leaves behind beside its rows: which objects it read, and what it rejected.

Written in the transaction that loads the rows, so that one is never there without the
other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sparkify.sources import S3Object
from sparkify.warehouse import Warehouse

LONGEST_NAME = 256  # characters of an address that SYS_LOAD_DETAIL keeps
_LONGEST_TEXT = 4096  # bytes of load_errors.raw_text


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that was not loaded, and why."""

    object_key: str
    line: int | None
    column: str
    code: int | None
    reason: str
    raw_text: str = ""

    def __str__(self) -> str:
        line = f" line {self.line}" if self.line else ""
        column = f" column {self.column}" if self.column else ""
        return f"{self.object_key}{line}{column}: {self.reason}: {self.raw_text[:200]}"


@dataclass(slots=True)
class Tally:
    """What one load has read so far."""

    objects: list[S3Object] = field(default_factory=list)
    read: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # of each object, by its address
    staged: dict[str, int] = field(default_factory=dict)  # rows of it in the window


class Ledger:
    """Writes down one load of one table.

    :param provenance: dag_id, run_id and task_id.
    """

    def __init__(
        self, warehouse: Warehouse, table: str, load_id: int, provenance: Mapping[str, str]
    ) -> None:
        self._warehouse, self._provenance = warehouse, provenance
        self._load = {"load_id": load_id, "table_name": table}

    def write_objects(self, tally: Tally, window: Mapping[str, datetime]) -> None:
        """One row for each object read."""
        rejected = Counter(row.object_key for row in tally.rejected)
        origin = {name: self._provenance[name] for name in ("dag_id", "run_id", "task_id")}
        self._write(
            "load_ledger",
            [
                {
                    "object_key": item.url,
                    "etag": item.etag,
                    "size_bytes": item.size,
                    "rows_read": tally.lines.get(item.url[:LONGEST_NAME]),
                    "rows_staged": tally.staged.get(item.url),
                    "rows_rejected": rejected[item.url],
                    "window_start": window.get("window_start"),
                    "window_end": window.get("window_end"),
                    **origin,
                    "loaded_at": now(),
                }
                for item in tally.objects
            ],
        )

    def write_errors(self, rejected: Sequence[Rejected]) -> None:
        """One row for each row rejected."""
        self._write(
            "load_errors",
            [
                {
                    "object_key": row.object_key,
                    "line_number": row.line,
                    "column_name": row.column,
                    "error_code": row.code,
                    "reason": row.reason,
                    "raw_text": row.raw_text.encode()[:_LONGEST_TEXT].decode(errors="ignore"),
                    "run_id": self._provenance["run_id"],
                    "rejected_at": now(),
                }
                for row in rejected
            ],
        )

    def write_listing(self, source: str, fingerprint: str, objects: int) -> None:
        """The state of the folder that was loaded in full."""
        row = {"source": source, "fingerprint": fingerprint, "objects": objects}
        self._write("load_listings", [row | {"listed_at": now()}])

    def _write(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            columns = [*self._load, *rows[0]]
            values = [[*self._load.values(), *row.values()] for row in rows]
            self._warehouse.insert(table, columns, values)


def now() -> datetime:
    """The time in UTC, for a TIMESTAMP, which has no zone."""
    return datetime.now(UTC).replace(tzinfo=None)
