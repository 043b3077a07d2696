"""COPY of exactly the objects of a manifest, with an account of what it read and refused."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sparkify.copy_statement import copy_statement
from sparkify.failures import SourceChanged, describe, is_of_s3, sqlstate, transient_kind
from sparkify.sources import (
    S3Object,
    by_kept_name,
    current_etag,
    describe_bytes,
    manifest,
    naming,
    read_lines,
    work_key,
)
from sparkify.staging.rejects import Rejected, Rejects, one_or_several
from sparkify.statements import statement
from sparkify.warehouse import Warehouse

log = logging.getLogger(__name__)

_LOOKED_FOR = 100  # objects, where COPY's error names none
_REFUSED_AT_LOAD = "XX000"  # the SQLSTATE of "Load into table … failed"


@dataclass(frozen=True, slots=True)
class StagingTable:
    """A staging table: the columns that are loaded, its key, and its column of event time."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    event_time: str | None = None


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


@dataclass(slots=True)
class Copied:
    """What one COPY has read."""

    loaded: int
    refused: int
    lines: dict[str, int] = field(default_factory=dict)  # of each object, by its address

    @property
    def read(self) -> int:
        return self.loaded + self.refused


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

    def copy(self, into: str, objects: Sequence[S3Object], rejects: Rejects) -> Copied:
        """COPY the objects into a table; what was refused is added to `rejects`.

        :raises LoadRefused: more rows are bad than may be.
        :raises SourceChanged: an object is gone.
        """
        bucket, body = self._settings.work[0], manifest(objects)
        key = self._manifest_key(body)
        with naming(f"s3://{bucket}/{key}"):
            self._s3.put_object(Bucket=bucket, Key=key, Body=body)
        sql = copy_statement(
            table=into,
            columns=self._table.columns,
            manifest_url=f"s3://{bucket}/{key}",
            json=self._settings.json,
            iam_role=self._settings.iam_role,
            region=self._settings.region,
            max_errors=rejects.left() + 1,
            options=self._settings.options,
        )
        log.info("%s", sql)
        session = {"session_id": self._warehouse.session_id}
        ((last_failed,),) = self._warehouse.query(
            statement("operators/last_failed_copy.sql"), session
        )
        try:
            self._warehouse.execute(sql)
        except Exception as error:
            if sqlstate(error) != _REFUSED_AT_LOAD:
                raise
            self._look_for(objects, error)
            since = session | {"after_query": last_failed}
            of_data = not is_of_s3(error) and transient_kind(error) is None
            if of_data and self._note_refused(
                "operators/failed_copy_errors.sql", since, objects, rejects
            ):
                rejects.refuse(describe(error).replace(into, self._table.name))
            raise  # it was not for the data, though some of it may be bad, too
        refused = self._note_refused("operators/copy_errors.sql", session, objects, rejects)
        ((loaded,),) = self._warehouse.query(statement("operators/last_copy_count.sql"))
        detail = self._warehouse.query(statement("operators/copy_detail.sql"), session)
        named = by_kept_name(objects)
        found = [(named.get(name, ()), int(lines)) for name, lines in detail]
        return Copied(
            int(loaded), refused, {them[0].url: lines for them, lines in found if len(them) == 1}
        )

    def _manifest_key(self, body: bytes) -> str:
        """Named by its content, so that no other try, or run, can put another in its place."""
        origin = self._provenance
        name = f"{origin['task_id']}-{hashlib.sha256(body).hexdigest()[:16]}.manifest"
        return work_key(
            self._settings.work[1], "manifests", origin["dag_id"], origin["run_id"], name
        )

    def _look_for(self, objects: Sequence[S3Object], error: Exception) -> None:
        """Where COPY failed since an object is gone that was listed: list again, and try again.

        :raises SourceChanged: so it is.
        """
        told = describe(error)
        if not is_of_s3(error):
            return
        named = [item for item in objects if item.url in told]
        for item in named or objects[:_LOOKED_FOR]:
            if current_etag(self._s3, item) is None:
                raise SourceChanged(f"{item.url} was deleted while it was loaded") from error

    def _note_refused(
        self,
        errors: str,
        values: Mapping[str, Any],
        objects: Sequence[S3Object],
        rejects: Rejects,
    ) -> int:
        """Read what COPY refused, with the lines as they stand in the objects; how many."""
        rows = self._warehouse.query(statement(errors), values)
        named = by_kept_name(objects)
        # Where names are alike as far as they are kept, nobody can say which object it was.
        places = [(one_or_several(named.get(row[0]) or objects), int(row[1])) for row in rows]
        texts = self._texts({item.url for item in objects}, places)
        for (_, _, column, code, reason), (url, line) in zip(rows, places, strict=True):
            raw = texts.get((url, line), b"")
            rejects.rows.append(
                Rejected(
                    url,
                    line,
                    column,
                    int(code),
                    f"{reason}{describe_bytes(raw)}",
                    raw.decode(errors="backslashreplace").replace("\0", "\\0"),
                )
            )
        return len(rows)

    def _texts(
        self, known: Collection[str], places: Sequence[tuple[str, int]]
    ) -> dict[tuple[str, int], bytes]:
        """The lines at these places, as they stand in the objects."""
        by_object: dict[str, list[int]] = {}
        for url, line in places:
            if url in known:
                by_object.setdefault(url, []).append(line)
        return {
            (url, line): text
            for url, numbers in by_object.items()
            for line, text in read_lines(self._s3, url, numbers).items()
        }
