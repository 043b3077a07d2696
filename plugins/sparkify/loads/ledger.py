"""The record of a load: which objects it read, and what it rejected.

It is written in the transaction that loads the rows, so that neither exists without the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sparkify.loads.object_text import LONGEST_TEXT
from sparkify.loads.objects import S3Object, one_or_several
from sparkify.loads.verdicts import Judgement, Rejected
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import now

_ASIDE = "ledger_rows"
_BATCH = 1000  # rows of one INSERT


@dataclass(frozen=True, slots=True)
class LoadedObject:
    """An object, and what of it was loaded; see `load_ledger.sql`."""

    object_key: str
    etag: str | None = None
    size_bytes: int | None = None
    lines_read: int | None = None
    rows_read: int | None = None
    rows_staged: int | None = None
    rows_outside: int | None = None
    rows_misplaced: int | None = None
    rows_identical: int | None = None
    rows_conflicting: int | None = None
    rows_rejected: int | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None
    ignored_by: str | None = None


@dataclass(frozen=True, slots=True)
class LateRows:
    """An hour that is out of date; see `load_late_rows.sql`."""

    object_key: str
    hour_start: datetime
    rows_late: int
    rows_gone: int


def judged_objects(
    judgement: Judgement,
    read: Sequence[S3Object],
    span: Mapping[str, Any] | None = None,
) -> list[LoadedObject]:
    """Describe the objects that one COPY read.

    The counts stand with the object where it was the only one, else in a row of their own
    under what the objects' addresses have in common: COPY does not say which row came from
    which.

    :param read: those to be listed; of a folder that was read again, some are known already.
    :param span: the part of the window that they are for, as `window_start` and `window_end`.
    """
    verdicts = judgement.verdicts
    counts: dict[str, Any] = {
        "rows_read": verdicts.read,
        "rows_staged": verdicts.kept,
        "rows_outside": verdicts.outside,
        "rows_misplaced": verdicts.misplaced,
        "rows_identical": verdicts.identical,
        "rows_conflicting": verdicts.conflicting,
        "rows_rejected": verdicts.bad,
    }
    alone = len(judgement.objects) == 1
    listed = [
        LoadedObject(
            item.url,
            item.etag,
            item.size,
            lines_read=judgement.lines.get(item.url),
            **(counts if alone else {}),
            **(span or {}),
        )
        for item in (judgement.objects if alone else read)
    ]
    if alone:
        return listed
    return [*listed, LoadedObject(one_or_several(judgement.objects), **counts, **(span or {}))]


def ignored_objects(
    warehouse: Warehouse, table: str, objects: Sequence[S3Object]
) -> list[LoadedObject]:
    """Describe the objects that a rule leaves out and that the ledger does not have yet."""
    if not objects:
        return []
    rows = warehouse.query(statement("operators/ignored_objects.sql"), {"table_name": table})
    known = {(url, etag) for url, etag in rows}
    return [
        LoadedObject(item.url, item.etag, item.size, ignored_by=item.ignored_by)
        for item in objects
        if (item.url, item.etag) not in known
    ]


def next_load_id(warehouse: Warehouse, table: str) -> int:
    """Return the number that the next load of a table gets."""
    ((load_id,),) = warehouse.query(statement("operators/next_load_id.sql"), {"table_name": table})
    return int(load_id)


def loaded_versions(
    warehouse: Warehouse, table: str, during: tuple[datetime, datetime] | None = None
) -> dict[str, str]:
    """Return the version that was loaded last of each object, by its address.

    :param during: only of objects that were loaded for a window with a start in this time, from
        the first moment and before the second.
    """
    since, before = during or (None, None)
    names = {"during": "window_start"} if during else {}
    values = {"table_name": table, "since": since, "before": before}
    return dict(warehouse.query(statement("operators/loaded_etags.sql", **names), values))


class Ledger:
    """Writes down one load of one table.

    :param provenance: dag_id, run_id and task_id.
    """

    def __init__(
        self, warehouse: Warehouse, table: str, load_id: int, provenance: Mapping[str, str]
    ) -> None:
        self._warehouse, self._provenance = warehouse, provenance
        self._load = {"load_id": load_id, "table_name": table}

    def write_objects(self, objects: Sequence[LoadedObject], table: str = "load_ledger") -> None:
        """Write one row for each object read, ignored, or found gone."""
        origin = {
            **{name: self._provenance[name] for name in ("dag_id", "run_id", "task_id")},
            "loaded_at": now(),
        }
        for start in range(0, len(objects), _BATCH):
            batch = objects[start : start + _BATCH]
            self._write(table, [asdict(item) | origin for item in batch])

    def set_objects_aside(self, objects: Sequence[LoadedObject]) -> None:
        """Write the rows of many objects to a temporary table, before any lock is taken."""
        self._warehouse.execute(f"drop table if exists {_ASIDE}")
        self._warehouse.execute(
            statement("operators/create_incoming.sql", incoming=_ASIDE, table="load_ledger")
        )
        self.write_objects(objects, _ASIDE)

    def write_objects_set_aside(self) -> None:
        """Write them to the ledger, in one statement."""
        self._warehouse.execute(f"insert into load_ledger select * from {_ASIDE}")

    def write_errors(self, rejected: Sequence[Rejected]) -> None:
        """Write one row for each row rejected."""
        self._write(
            "load_errors",
            [
                {
                    "object_key": row.object_key,
                    "line_number": row.line,
                    "column_name": row.column,
                    "error_code": row.code,
                    "reason": row.reason,
                    "raw_text": row.raw_text.encode()[:LONGEST_TEXT].decode(errors="ignore"),
                    "verdict": row.verdict,
                    "run_id": self._provenance["run_id"],
                    "rejected_at": now(),
                }
                for row in rejected
            ],
        )

    def write_late_rows(self, late: Sequence[LateRows]) -> None:
        """Write one row for each hour that was found out of date."""
        origin = {"run_id": self._provenance["run_id"], "found_at": now()}
        self._write("load_late_rows", [asdict(hour) | origin for hour in late])

    def write_listing(
        self, source: str, fingerprint: str, objects: int, *, voids_rows: bool
    ) -> None:
        """Write down the state of a folder, all of which is loaded now."""
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
        """Insert rows, without the columns that none of them has."""
        if not rows:
            return
        columns = [name for name in rows[0] if any(row[name] is not None for row in rows)]
        self._warehouse.insert(
            table, [{**self._load, **{name: row[name] for name in columns}} for row in rows]
        )
