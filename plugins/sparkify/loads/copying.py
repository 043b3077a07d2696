"""Run COPY for exactly the objects of a manifest."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sparkify.failures import (
    SourceChanged,
    describe,
    is_object_gone,
    is_of_s3,
    sqlstate,
    transient_kind,
)
from sparkify.loads.copy_account import Account, CopyRecords
from sparkify.loads.copy_statement import CopySettings, copy_statement
from sparkify.loads.forgotten import ForgottenUsers, pseudonymise
from sparkify.loads.object_text import compression_of, find_blank
from sparkify.loads.objects import S3Object, current_etag, manifest, naming, work_key
from sparkify.loads.verdicts import Rejected, refusal
from sparkify.model import StagingTable
from sparkify.warehouse.session import Warehouse

log = logging.getLogger(__name__)

_LOOKED_FOR = 100  # objects, where COPY's error names none
_REFUSED_AT_LOAD = "XX000"  # the SQLSTATE of "Load into table … failed"
_FAILED_FOR_DATA = re.compile(r"Load into table .* failed|(stl_load_errors|sys_load_error_detail)")


class Copier:
    """Runs the COPYs of one load.

    Rows and texts of forgotten users are pseudonymised before anybody else sees them.

    :param provenance: dag_id, run_id and task_id, for a manifest's key.
    :param forgotten: the users who were forgotten.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        s3: Any,
        table: StagingTable,
        settings: CopySettings,
        provenance: Mapping[str, str],
        forgotten: ForgottenUsers,
    ) -> None:
        self._warehouse, self._s3, self._table = warehouse, s3, table
        self._settings, self._provenance = settings, provenance
        self._forgotten = forgotten
        self._is_logged = False
        self._records = CopyRecords(warehouse, s3, compression_of(settings.options))

    def blank_among(self, objects: Sequence[S3Object], rows: int) -> S3Object | None:
        """Find an object with bytes and no record, where COPY read fewer rows than objects."""
        return find_blank(self._s3, objects, rows, compression_of(self._settings.options))

    def copy(self, into: str, objects: Sequence[S3Object], max_errors: int) -> Account:
        """COPY the objects into a table.

        :param max_errors: the number of errors at which the COPY fails.
        :raises LoadRefused: there are so many.
        :raises SourceChanged: an object is gone.
        :raises AccountIncomplete: the accounts of the COPY do not agree.
        """
        sql = self._statement(into, objects, max_errors)
        if not self._is_logged:  # the others differ in their manifest and in MAXERROR alone
            log.info("%s", sql)
            self._is_logged = True
        try:
            notices = self._warehouse.execute_for_notices(sql)
        except Exception as error:
            self._look_for(objects, error)
            if (
                sqlstate(error) != _REFUSED_AT_LOAD
                or is_of_s3(error)
                or transient_kind(error)
                or not _FAILED_FOR_DATA.search(describe(error))
            ):
                raise
            reason = describe(error).replace(into, self._table.name)
            errors = self._shown(self._records.errors_of_failed(objects))
            raise refusal(self._table.name, reason, errors) from error
        account = self._records.account(objects, notices)
        if self._forgotten and self._table.personal:
            pseudonymise(self._warehouse, into, self._table.personal)
        return replace(account, errors=self._shown(account.errors))

    def _shown(self, errors: Iterable[Rejected]) -> tuple[Rejected, ...]:
        """Leave out texts that may belong to a forgotten user."""
        return tuple(replace(row, raw_text=self._forgotten.shown(row.raw_text)) for row in errors)

    def _statement(self, into: str, objects: Sequence[S3Object], max_errors: int) -> str:
        """Write the manifest to S3, and the COPY that reads it."""
        bucket, body = self._settings.work[0], manifest(objects)
        key = self._manifest_key(body)
        with naming(f"s3://{bucket}/{key}"):
            self._s3.put_object(Bucket=bucket, Key=key, Body=body)
        url = f"s3://{bucket}/{key}"
        return copy_statement(into, self._table.columns, url, self._settings, max_errors)

    def _manifest_key(self, body: bytes) -> str:
        """Name the manifest by its content, so that no other run can replace it."""
        origin = self._provenance
        name = f"{origin['task_id']}-{hashlib.sha256(body).hexdigest()[:16]}.manifest"
        return work_key(
            self._settings.work[1], "manifests", origin["dag_id"], origin["run_id"], name
        )

    def _look_for(self, objects: Sequence[S3Object], error: Exception) -> None:
        """Find out whether COPY failed because a listed object is gone.

        :raises SourceChanged: it is; the next try lists the objects again.
        """
        if not is_of_s3(error) and not is_object_gone(error):
            return
        named = [item for item in objects if item.url in describe(error)]
        for item in named or objects[:_LOOKED_FOR]:
            if current_etag(self._s3, item.bucket, item.key) is None:
                raise SourceChanged(f"{item.url} was deleted while it was loaded") from error
        if is_object_gone(error):
            raise SourceChanged(describe(error)) from error
