"""What a load leaves behind beside its rows: which objects it read, and what it rejected.

Written in the transaction that loads the rows, so that one is never there without the
other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sparkify.sources import S3Object
from sparkify.warehouse import Warehouse

if TYPE_CHECKING:
    from sparkify.staging.rejects import Rejected

_LONGEST_TEXT = 4096  # bytes of load_errors.raw_text


@dataclass(frozen=True, slots=True)
class LoadedObject:
    """An object, and what of it was loaded; see `load_ledger.sql`."""

    object_key: str
    etag: str | None
    size_bytes: int | None = None
    lines_read: int | None = None
    rows_read: int | None = None
    rows_staged: int | None = None
    rows_outside: int | None = None
    rows_rejected: int | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None


def loaded_together(
    objects: Sequence[S3Object], lines: Mapping[str, int], rejected: Sequence[Rejected]
) -> list[LoadedObject]:
    """What is known of objects that one COPY loaded.

    :param lines: those of each object, by its address.
    """
    of_object = Counter(row.object_key for row in rejected)
    return [
        LoadedObject(
            item.url,
            item.etag,
            item.size,
            lines_read=lines.get(item.url),
            rows_rejected=of_object[item.url],
        )
        for item in objects
    ]


class Ledger:
    """Writes down one load of one table.

    :param provenance: dag_id, run_id and task_id.
    """

    def __init__(
        self, warehouse: Warehouse, table: str, load_id: int, provenance: Mapping[str, str]
    ) -> None:
        self._warehouse, self._provenance = warehouse, provenance
        self._load = {"load_id": load_id, "table_name": table}

    def write_objects(self, objects: Sequence[LoadedObject]) -> None:
        """One row for each object read, or found gone."""
        told = {
            **{name: self._provenance[name] for name in ("dag_id", "run_id", "task_id")},
            "loaded_at": now(),
        }
        self._write("load_ledger", [asdict(item) | told for item in objects])

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

    def write_listing(
        self, source: str, fingerprint: str, objects: int, *, voids_rows: bool
    ) -> None:
        """The state of a folder, all of which is loaded now."""
        row = {
            "source": source,
            "fingerprint": fingerprint,
            "objects": objects,
            "voids_rows": voids_rows,
            "run_id": self._provenance["run_id"],
            "listed_at": now(),
        }
        self._write("load_listings", [row])

    def _write(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self._warehouse.insert(table, [{**self._load, **row} for row in rows])


def now() -> datetime:
    """The time in UTC, for a TIMESTAMP, which has no zone."""
    return datetime.now(UTC).replace(tzinfo=None)
