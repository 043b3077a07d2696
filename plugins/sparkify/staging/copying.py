"""COPY of exactly the objects of a manifest, and a complete account of what it read.

What COPY did is told three times: by its notices, by SYS_LOAD_HISTORY, and by the rows of
SYS_LOAD_DETAIL and SYS_LOAD_ERROR_DETAIL. The load goes on only where the three agree. The
views lag behind, so they are asked again for a while.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sparkify.copy_statement import copy_statement
from sparkify.failures import (
    AccountIncomplete,
    SourceChanged,
    describe,
    is_of_s3,
    sqlstate,
    transient_kind,
)
from sparkify.object_text import (
    Compression,
    Line,
    Unreadable,
    compression_of,
    describe_bytes,
    texts_of,
)
from sparkify.sources import (
    S3Object,
    by_kept_name,
    current_etag,
    kept_names,
    manifest,
    naming,
    work_key,
)
from sparkify.staging.verdicts import Rejected, one_or_several, refusal
from sparkify.statements import statement
from sparkify.warehouse import Warehouse

log = logging.getLogger(__name__)

PATIENCE = 30.0  # seconds that the system views may lag behind
_FIRST_WAIT = 0.1
_LOOKED_FOR = 100  # objects, where COPY's error names none
_REFUSED_AT_LOAD = "XX000"  # the SQLSTATE of "Load into table … failed"
_FAILED_FOR_DATA = re.compile(r"Load into table .* failed|(stl_load_errors|sys_load_error_detail)")
_LOADED = re.compile(r"completed,\s+(\d+)\s+record\(s\) loaded successfully")
_NOT_LOADED = re.compile(r"completed,\s+(\d+)\s+record\(s\) could not be loaded")
_INVALID_INPUT = 1216  # Redshift's manual, "Load error reference"


@dataclass(frozen=True, slots=True)
class StagingTable:
    """A staging table.

    :param columns: those that are loaded, in the order of the jsonpaths.
    :param key: the columns of its key.
    :param event_time: its column of event time; None where the source has no partitions.
    :param key_owner: a column that all rows of one key must share; None: there is none.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    event_time: str | None = None
    key_owner: str | None = None


@dataclass(frozen=True, slots=True)
class CopySettings:
    """What a COPY says beside its table and its objects.

    :param work: bucket and prefix for manifests.
    """

    json: str
    options: Sequence[str]
    iam_role: str
    region: str | None
    work: tuple[str, str]


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


class Copier:
    """Runs the COPYs of one load.

    :param provenance: dag_id, run_id and task_id, for a manifest's key.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        s3: Any,
        table: StagingTable,
        settings: CopySettings,
        provenance: Mapping[str, str],
    ) -> None:
        self._warehouse, self._s3, self._table = warehouse, s3, table
        self._settings, self._provenance = settings, provenance
        self._session: dict[str, Any] = {}
        self._known: set[int] = set()  # query ids of earlier COPYs of this session

    @property
    def compression(self) -> Compression | None:
        return compression_of(self._settings.options)

    def copy(self, into: str, objects: Sequence[S3Object], max_errors: int) -> Account:
        """COPY the objects into a table.

        :param max_errors: the number of errors at which the COPY fails.
        :raises LoadRefused: there are so many.
        :raises SourceChanged: an object is gone.
        :raises AccountIncomplete: the accounts of the COPY do not agree.
        """
        sql = self._statement(into, objects, max_errors)
        log.info("%s", sql)
        self._begin()
        try:
            notices = self._warehouse.execute_for_notices(sql)
        except Exception as error:
            if sqlstate(error) != _REFUSED_AT_LOAD:
                raise
            self._look_for(objects, error)
            if (
                is_of_s3(error)
                or transient_kind(error)
                or not _FAILED_FOR_DATA.search(describe(error))
            ):
                raise
            reason = describe(error).replace(into, self._table.name)
            raise refusal(self._table.name, reason, self._errors_of_failed(objects)) from error
        return self._account(objects, notices)

    def _statement(self, into: str, objects: Sequence[S3Object], max_errors: int) -> str:
        """Write the manifest to S3, and the COPY that reads it."""
        bucket, body = self._settings.work[0], manifest(objects)
        key = self._manifest_key(body)
        with naming(f"s3://{bucket}/{key}"):
            self._s3.put_object(Bucket=bucket, Key=key, Body=body)
        return copy_statement(
            table=into,
            columns=self._table.columns,
            manifest_url=f"s3://{bucket}/{key}",
            json=self._settings.json,
            iam_role=self._settings.iam_role,
            region=self._settings.region,
            max_errors=max_errors,
            options=self._settings.options,
        )

    def _manifest_key(self, body: bytes) -> str:
        """Name the manifest by its content, so that no other run can replace it."""
        origin = self._provenance
        name = f"{origin['task_id']}-{hashlib.sha256(body).hexdigest()[:16]}.manifest"
        return work_key(
            self._settings.work[1], "manifests", origin["dag_id"], origin["run_id"], name
        )

    def _begin(self) -> None:
        """Note the session and the server's time, by which the COPY's record is found."""
        if not self._session:
            ((began,),) = self._warehouse.query("select getdate()")
            self._session = {"session_id": self._warehouse.session_id, "began": began}

    def _record(self) -> tuple[int, str, int, int] | None:
        """Find the record of the last COPY: query id, status, rows loaded, errors.

        By session and time, which provisioned clusters and Serverless both have, and not by
        pg_last_copy_id(): that is an id of the STL views.
        Source: Redshift's manual, "SYS_LOAD_HISTORY".
        """
        rows = self._warehouse.query(statement("operators/copy_record.sql"), self._session)
        new = [row for row in rows if int(row[0]) not in self._known]
        if not new:
            return None
        query_id, status, loaded, errors = new[-1]
        return int(query_id), str(status).lower(), int(loaded or 0), int(errors or 0)

    def _account(self, objects: Sequence[S3Object], notices: Sequence[str]) -> Account:
        """Put the account of a COPY together.

        :raises AccountIncomplete: it does not agree with the notices in time.
        """
        loaded, refused = _count(_LOADED, notices), _count(_NOT_LOADED, notices) or 0
        if loaded is None:
            raise AccountIncomplete(f"COPY did not say how many rows it loaded: {list(notices)}")
        deadline, wait, seen = time.monotonic() + PATIENCE, _FIRST_WAIT, "no record of it"
        while True:
            record = self._record()
            if record is not None:
                query_id, status, *counts = record
                detail = self._query("copy_detail", query_id)
                errors = self._query("copy_errors", query_id) if refused or counts[1] else []
                seen = f"SYS_LOAD_HISTORY says {status}, {counts[0]} loaded, {counts[1]} refused"
                seen += f"; there are {len(errors)} errors, and details of {len(detail)} objects"
                if (
                    status == "completed"
                    and counts == [loaded, refused]
                    and len(errors) == refused
                    and _covers(detail, objects)
                ):
                    self._known.add(query_id)
                    return Account(loaded, self._rejected(errors, objects), _lines(detail, objects))
            if time.monotonic() > deadline:
                raise AccountIncomplete(
                    f"COPY said {loaded} rows loaded, {refused} refused, of {len(objects)} objects;"
                    f" after {PATIENCE:.0f} s {seen}: nothing was loaded"
                )
            time.sleep(wait)
            wait = min(2 * wait, 5.0)

    def _errors_of_failed(self, objects: Sequence[S3Object]) -> tuple[Rejected, ...]:
        """Read what a COPY refused before it failed; empty where the views never show it."""
        deadline, wait = time.monotonic() + PATIENCE, _FIRST_WAIT
        while time.monotonic() < deadline:
            record = self._record()
            if record is not None and (errors := self._query("copy_errors", record[0])):
                return self._rejected(errors, objects)
            time.sleep(wait)
            wait = min(2 * wait, 5.0)
        return ()

    def _query(self, name: str, query_id: int) -> list[tuple[Any, ...]]:
        return self._warehouse.query(statement(f"operators/{name}.sql"), {"query_id": query_id})

    def _look_for(self, objects: Sequence[S3Object], error: Exception) -> None:
        """Find out whether COPY failed because a listed object is gone.

        :raises SourceChanged: it is; the next try lists the objects again.
        """
        if not is_of_s3(error):
            return
        named = [item for item in objects if item.url in describe(error)]
        for item in named or objects[:_LOOKED_FOR]:
            if current_etag(self._s3, item.bucket, item.key) is None:
                raise SourceChanged(f"{item.url} was deleted while it was loaded") from error

    def _rejected(
        self, errors: Sequence[tuple[Any, ...]], objects: Sequence[S3Object]
    ) -> tuple[Rejected, ...]:
        """Describe the refused rows, with their lines as they stand in the objects."""
        named = by_kept_name(objects)
        # Where names are alike as far as they are kept, nobody can say which object it was.
        places = [(one_or_several(named.get(row[0]) or objects), int(row[1])) for row in errors]
        lines = self._texts({item.url for item in objects}, places)
        rejected = []
        for (_, _, column, code, reason), place in zip(errors, places, strict=True):
            line = lines.get(place, Line(b"", may_hide_records=False))
            rejected.append(
                Rejected(
                    object_key=place[0],
                    line=place[1],
                    column=column,
                    code=int(code),
                    reason=f"{reason}{describe_bytes(line.text)}",
                    raw_text=line.text.decode(errors="backslashreplace").replace("\0", "\\0"),
                    verdict="bad",
                    may_hide_others=line.may_hide_records
                    and (int(code) == _INVALID_INPUT or not column),
                )
            )
        return tuple(rejected)

    def _texts(
        self, known: Collection[str], places: Sequence[tuple[str, int]]
    ) -> Mapping[tuple[str, int], Line]:
        try:
            wanted = [place for place in places if place[0] in known]
            return texts_of(self._s3, wanted, self.compression)
        except Unreadable as error:
            log.warning("The text of the refused rows is not shown: %s", error)
            return {}


def _count(pattern: re.Pattern[str], notices: Sequence[str]) -> int | None:
    matches = [int(match[1]) for text in notices if (match := pattern.search(text))]
    return matches[-1] if matches else None


def _covers(detail: Sequence[tuple[Any, ...]], objects: Sequence[S3Object]) -> bool:
    """Decide whether each object that has bytes has a row of SYS_LOAD_DETAIL."""
    present = {name for name, _ in detail}
    filled = [item for item in objects if item.size]
    return len(detail) >= len(filled) and all(kept_names(item) & present for item in filled)


def _lines(detail: Sequence[tuple[Any, ...]], objects: Sequence[S3Object]) -> dict[str, int]:
    named = by_kept_name(objects)
    pairs = [(named.get(name, ()), int(lines or 0)) for name, lines in detail]
    return {owners[0].url: lines for owners, lines in pairs if len(owners) == 1}
