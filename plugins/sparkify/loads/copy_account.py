"""A complete account of what COPY did: its notices and the system views must agree.

COPY states three times how many rows it loaded and refused: in its notices, in SYS_LOAD_HISTORY,
and by the rows of SYS_LOAD_DETAIL and SYS_LOAD_ERROR_DETAIL. The views lag, so they are queried
again for a while. If the three do not agree, the load fails.

Source: Redshift's manual, "SYS_LOAD_HISTORY", "SYS_LOAD_DETAIL", "SYS_LOAD_ERROR_DETAIL".
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sparkify.failures import AccountIncomplete
from sparkify.loads.object_text import Compression, Line, Unreadable, describe_bytes, texts_of
from sparkify.loads.objects import S3Object, by_kept_name, kept_names, one_or_several
from sparkify.loads.verdicts import Rejected
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement

log = logging.getLogger(__name__)

PATIENCE = 30.0  # seconds that the system views may lag behind
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
_LOADED = re.compile(r"completed,\s+(\d+)\s+record\(s\) loaded successfully")
_NOT_LOADED = re.compile(r"completed,\s+(\d+)\s+record\(s\) could not be loaded")
_INVALID_INPUT = 1216  # Redshift's manual, "Load error reference"

_Row = tuple[Any, ...]
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Account:
    """What one COPY has read.

    :param loaded: rows that are in the table.
    :param errors: rows that were refused.
    :param lines: lines read of each object, by its address; SYS_LOAD_DETAIL's count.
    """

    loaded: int = 0
    errors: tuple[Rejected, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)


class CopyRecords:
    """Finds the records of the COPYs of one session.

    By session and start time, which provisioned clusters and Serverless both have, and not by
    pg_last_copy_id(): that is an id of the STL views, and SYS views have ids of their own.
    """

    def __init__(self, warehouse: Warehouse, s3: Any, compression: Compression | None) -> None:
        self._warehouse, self._s3, self._compression = warehouse, s3, compression
        self._seen: set[int] = set()  # query ids of earlier COPYs
        self._session = {"session_id": warehouse.session_id, "began": warehouse.began}

    def account(self, objects: Sequence[S3Object], notices: Sequence[str]) -> Account:
        """Return the account of a COPY that has ended.

        :param notices: what the server said with it.
        :raises AccountIncomplete: the views do not agree with the notices in time.
        """
        loaded, refused = _count(_LOADED, notices), _count(_NOT_LOADED, notices) or 0
        if loaded is None:
            raise AccountIncomplete(f"COPY did not say how many rows it loaded: {list(notices)}")
        said = f"{loaded} rows loaded, {refused} refused, of {len(objects)} objects"
        recorded = "no record of it"

        def agreed() -> Account | None:
            nonlocal recorded
            record = self._record()
            if record is None:
                return None
            query_id, status, *counts = record
            detail = self._query("copy_detail", query_id)
            errors = self._query("copy_errors", query_id) if refused or counts[1] else []
            recorded = (
                f"SYS_LOAD_HISTORY says {status}, {counts[0]} loaded, {counts[1]} refused;"
                f" there are {len(errors)} errors, and details of {len(detail)} objects"
            )
            if (status, counts, len(errors)) != ("completed", [loaded, refused], refused):
                return None
            if not _covers(detail, objects):
                return None
            self._seen.add(query_id)
            return Account(loaded, self._described(errors, objects), _lines(detail, objects))

        if account := _patiently(agreed):
            return account
        raise AccountIncomplete(
            f"COPY said {said}; after {PATIENCE:.0f} s there is {recorded}: nothing was loaded"
        )

    def errors_of_failed(self, objects: Sequence[S3Object]) -> tuple[Rejected, ...]:
        """Return what a COPY refused before it failed; nothing if the views never show it."""

        def shown() -> tuple[Rejected, ...] | None:
            record = self._record()
            errors = self._query("copy_errors", record[0]) if record else []
            return self._described(errors, objects) if errors else None

        return _patiently(shown) or ()

    def _record(self) -> tuple[int, str, int, int] | None:
        """Find the last COPY that is not known yet: query id, status, rows loaded, errors."""
        rows = self._warehouse.query(statement("operators/copy_record.sql"), self._session)
        new = [row for row in rows if int(row[0]) not in self._seen]
        if not new:
            return None
        query_id, status, loaded, errors = new[-1]
        return int(query_id), str(status).lower(), int(loaded or 0), int(errors or 0)

    def _query(self, name: str, query_id: int) -> list[_Row]:
        return self._warehouse.query(statement(f"operators/{name}.sql"), {"query_id": query_id})

    def _described(
        self, errors: Sequence[_Row], objects: Sequence[S3Object]
    ) -> tuple[Rejected, ...]:
        """Describe refused rows, with their lines as they stand in the objects."""
        named = by_kept_name(objects)
        # Where names are alike as far as they are kept, nobody can say which object it was.
        places = [(one_or_several(named.get(row[0]) or objects), int(row[1])) for row in errors]
        urls = {item.url for item in objects}
        try:
            wanted = [place for place in places if place[0] in urls]
            lines = texts_of(self._s3, wanted, self._compression)
        except Unreadable as error:
            log.warning("The text of the refused rows is not shown: %s", error)
            lines = {}
        return tuple(
            _rejected(row, place, lines.get(place, Line(b"", may_hide_records=False)))
            for row, place in zip(errors, places, strict=True)
        )


def _rejected(error: _Row, place: tuple[str, int], line: Line) -> Rejected:
    _, _, column, code, reason = error
    return Rejected(
        object_key=place[0],
        line=place[1],
        column=column,
        code=int(code),
        reason=f"{reason}{describe_bytes(line.text)}",
        raw_text=line.text.decode(errors="backslashreplace").replace("\0", "\\0"),
        verdict="bad",
        may_hide_others=line.may_hide_records and (int(code) == _INVALID_INPUT or not column),
    )


def _patiently(look: Callable[[], _Found | None]) -> _Found | None:
    """Look again and again, until there is a result or the time is up."""
    deadline, wait = time.monotonic() + PATIENCE, _FIRST_WAIT
    while not (result := look()) and time.monotonic() < deadline:
        time.sleep(wait)
        wait = min(2 * wait, _LONGEST_WAIT)
    return result


def _count(pattern: re.Pattern[str], notices: Sequence[str]) -> int | None:
    matches = [int(match[1]) for text in notices if (match := pattern.search(text))]
    return matches[-1] if matches else None


def _covers(detail: Sequence[_Row], objects: Sequence[S3Object]) -> bool:
    """Decide whether each object that has bytes has a row of SYS_LOAD_DETAIL."""
    present = {name for name, _ in detail}
    filled = [item for item in objects if item.size]
    return len(detail) >= len(filled) and all(kept_names(item) & present for item in filled)


def _lines(detail: Sequence[_Row], objects: Sequence[S3Object]) -> dict[str, int]:
    named = by_kept_name(objects)
    pairs = [(named.get(name, ()), int(lines or 0)) for name, lines in detail]
    return {owners[0].url: lines for owners, lines in pairs if len(owners) == 1}
