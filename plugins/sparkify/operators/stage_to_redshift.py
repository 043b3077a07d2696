"""StageToRedshiftOperator: copies S3 objects into a staging table."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sparkify.failures import SourceChanged
from sparkify.loads.copy_statement import CopySettings
from sparkify.loads.copying import Copier
from sparkify.loads.folder import FolderLoad, Overtaken
from sparkify.loads.forgotten import NOBODY, ForgottenUsers, forgotten_users
from sparkify.loads.judging import Judge
from sparkify.loads.ledger import loaded_versions, next_load_id
from sparkify.loads.object_text import compression_of
from sparkify.loads.objects import S3Object, check_bucket
from sparkify.loads.partitions import RECENT, PartitionedSource, SourceState
from sparkify.loads.regions import common_region
from sparkify.loads.verdicts import Budget, Loaded
from sparkify.loads.windowed import WindowLoad
from sparkify.model import Folder, Partitioned, StagingTable
from sparkify.operators.base import RedshiftOperator, window_of
from sparkify.operators.lineage import staged
from sparkify.quality.gate import Gate
from sparkify.quality.source_files import outdated_files, unclaimed_files
from sparkify.tasks import aws
from sparkify.tasks.failing_fast import failing_fast
from sparkify.warehouse.place import Place
from sparkify.warehouse.session import Warehouse
from sparkify.window import Window

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from airflow.providers.openlineage.extractors import OperatorLineage

log = logging.getLogger(__name__)

_TRIES = 5  # of reading a folder that keeps changing


class StageToRedshiftOperator(RedshiftOperator):
    """Copy JSON objects from S3 into a staging table of Redshift.

    From a partitioned source, the objects of the run's window are loaded. From a folder, all
    objects are loaded whose present version is not in the ledger. They are listed in a manifest
    and copied into a temporary table. One short transaction then replaces the window's rows, or
    adds to the rows that are there, and writes the ledger. It commits only if the table passes its
    checks (see ``sparkify.quality.suite``).

    COPY runs under an IAM role; no key is ever part of a statement. Each row gets one verdict,
    and the verdicts add up to what COPY says it read:

    - kept, or outside of the window;
    - bad (COPY refuses it) or misplaced (it lies outside of its own object's partition). Such
      rows are written to `load_errors` with their reason. Past `max_rejected` of them in one
      object, or `max_rejected_share` of its rows, the task fails, is not retried, and loads
      nothing; so it does for an object without any usable row.
    - an identical copy of another row, which is counted, or a conflicting one (same key, other
      content), which is written to `load_errors`, too. Neither counts against the budget.

    Every object below the source's prefix is loaded, ignored by a rule (folder markers,
    `_SUCCESS`, `.DS_Store`, `._*`, `.ipynb_checkpoints/`), or reported in the log and in
    `quality_results`. An object that changes while it is read is read again, at the next try.

    No object for the window: the task is skipped. No new object below `key`: it succeeds.

    :param table: the staging table, as ``sparkify.model`` declares it.
    :param bucket: the source's bucket.
    :param key: the source's key, where it is not that of the table's declaration. Jinja may
        render it to the key of one file, as `log_data/{{ ds }}-events.json`.
    :param work_bucket: where manifests are written.
    :param work_prefix: the folder in it.
    :param max_rejected: the most rows of one object that may be bad or misplaced.
    :param max_rejected_share: the largest share of an object's rows, from 0 to 1, once there
        are more than ten; None sets no such limit.
    :param iam_role: `default` for the cluster's own role, or a role's ARN. None takes
        `copy_iam_role` from the extra of the AWS connection, else `default`.
    :param aws_conn_id: the connection to S3.
    """

    template_fields: Sequence[str] = ("bucket", "key", "work_bucket", "work_prefix", "iam_role")
    ui_color = "#c6d7f2"

    def __init__(
        self,
        *,
        table: StagingTable,
        bucket: str,
        key: str | None = None,
        work_bucket: str,
        work_prefix: str = "sparkify",
        max_rejected: int = 100,
        max_rejected_share: float | None = None,
        iam_role: str | None = None,
        aws_conn_id: str = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.table = table
        self.bucket = bucket
        self.key = key or table.source.key
        self.work_bucket = work_bucket
        self.work_prefix = work_prefix
        self.budget = Budget(max_rejected, max_rejected_share)
        self.iam_role = iam_role
        self.aws_conn_id = aws_conn_id
        self._objects: tuple[S3Object, ...] = ()

    @property
    def source(self) -> Partitioned | Folder:
        """The table's source, with the key as Airflow rendered it."""
        return replace(self.table.source, key=self.key)

    def execute(self, context: Mapping[str, Any]) -> dict[str, int]:
        """Stage the objects.

        :returns: the number of `objects`, and of rows `read`, `staged`, `replaced`, `outside`
            (of the window), `rejected` (bad or misplaced), `identical`, `conflicting` and `late`.
        """
        began = time.monotonic()
        with self.keeping_failures(self.table, context), failing_fast():
            self._check(window_of(context))
            hook, client = self._s3()
            settings = self._settings(hook, client)
            with self.connect() as warehouse:
                gate = self.checked(warehouse, self.table, context)
                work = _Work(warehouse, client, settings, gate)
                try:
                    match self.source:
                        case Folder() as folder:
                            loaded = self._stage_folder(work, folder)
                        case Partitioned() as partitioned:
                            loaded = self._stage_window(work, partitioned)
                except BaseException:
                    with suppress(Exception):  # the connection may be what failed
                        gate.keep()
                    raise
        self._rows = loaded.staged
        counts = loaded.counts()
        self.report(context, self.table.name, counts)
        log.info(
            "%s: %d objects, rows: %s; %d rows replaced by %d, in %.2f s",
            self.table.name,
            loaded.objects,
            loaded.verdicts,
            loaded.replaced,
            loaded.staged,
            time.monotonic() - began,
        )
        return counts

    def lineage_in(self, place: Place) -> OperatorLineage | None:
        return staged(place, self.table.name, self._objects, self._rows) if self._objects else None

    def _forgotten(self, warehouse: Warehouse) -> ForgottenUsers:
        """Read the users who were forgotten, if the table has personal data."""
        return forgotten_users(warehouse) if self.table.personal else NOBODY

    def _check(self, window: Window) -> None:
        """Check all that can be checked before anything is asked of S3 or Redshift."""
        for bucket in (self.bucket, self.work_bucket):
            check_bucket(bucket)
        match self.source:
            case Folder(key) if not key.endswith("/"):
                raise ValueError(f"key {key!r} is no folder: it needs a slash at its end")
            case Partitioned(_, unit):
                deque(window.partitions(unit), maxlen=0)  # no more than there may be

    def _stage_window(self, work: _Work, partitioned: Partitioned) -> Loaded:
        source = PartitionedSource(self.bucket, partitioned)
        next_load = next_load_id(work.warehouse, self.table.name)
        state = source.state(work.s3, work.window)
        self._report_objects(work, source, state)
        objects = [item for partition in state.present for item in partition.objects]
        forgotten = self._forgotten(work.warehouse)
        self._inspect(work, objects, forgotten)
        load = WindowLoad(
            warehouse=work.warehouse,
            s3=work.s3,
            table=self.table,
            source=source,
            window=work.window,
            transaction=work.gate.transaction,
            provenance=work.provenance,
            forgotten=forgotten,
        )
        return load.run(self._judge(work, forgotten), state, next_load)

    def _stage_folder(self, work: _Work, folder: Folder) -> Loaded:
        forgotten = self._forgotten(work.warehouse)
        load = FolderLoad(
            warehouse=work.warehouse,
            s3=work.s3,
            table=self.table,
            bucket=self.bucket,
            folder=folder.key,
            transaction=work.gate.transaction,
            provenance=work.provenance,
            forgotten=forgotten,
        )
        judge = None
        for _ in range(_TRIES):
            state = load.state()
            if state is None:
                work.gate.keep_success()
                return Loaded()
            if judge is None:
                self._inspect(work, state.changes, forgotten)
                judge = self._judge(work, forgotten)
            try:
                return load.run(judge, state)
            except Overtaken as overtaken:
                log.info("%s: the folder is listed again", overtaken)
                judge.clear()
        raise SourceChanged(f"{load.source} changed each of {_TRIES} times it was read")

    def _judge(self, work: _Work, forgotten: ForgottenUsers) -> Judge:
        copier = Copier(
            work.warehouse, work.s3, self.table, work.settings, work.provenance, forgotten
        )
        return Judge(work.warehouse, self.table, copier, self.budget)

    def _report_objects(self, work: _Work, source: PartitionedSource, state: SourceState) -> None:
        """Say what the source holds for the window, and what below it nobody loads.

        :raises AirflowSkipException: it has nothing for the window.
        """
        for item in state.ignored:
            log.info("Ignored: %s (%s)", item.url, item.ignored_by)
        work.gate.note(unclaimed_files(f"{self.table.name}_objects_claimed", state))
        if state.recent:
            before = work.window.bindings()["window_start"]
            known = loaded_versions(work.warehouse, self.table.name, (before - RECENT, before))
            work.gate.note(outdated_files(f"{self.table.name}_objects_current", state, known))
        absent = [source.url(key) for key in state.absent]
        where = (
            ", ".join(absent)
            if len(absent) <= 3
            else f"{absent[0]} … {absent[-1]} ({len(absent)} in all)"
        )
        if absent and state.present:
            log.info("No object at %s (window %s)", where, work.window)
        if not state.present:
            from airflow.sdk.exceptions import AirflowSkipException

            raise AirflowSkipException(f"no object at {where} (window {work.window})")
        sizes = [item.size for partition in state.present for item in partition.objects]
        log.info("Window %s: %d objects, %d bytes", work.window, len(sizes), sum(sizes))

    def _inspect(self, work: _Work, objects: Sequence[S3Object], forgotten: ForgottenUsers) -> None:
        """Take note of what is read, and report what is not as the contract says."""
        self._objects = tuple(objects)
        if self.table.contract is None or not any(item.size for item in objects):
            return
        from sparkify.quality.contract import sample

        sampled = sample(
            work.s3,
            objects,
            self.table.contract,
            compression_of(self.table.copy_options),
            forgotten,
        )
        work.gate.note(sampled.as_result(f"{self.table.name}_contract"))

    def _s3(self) -> tuple[S3Hook, Any]:
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        hook = S3Hook(aws_conn_id=self.aws_conn_id)
        return hook, aws.s3_client(hook)

    def _settings(self, hook: S3Hook, client: Any) -> CopySettings:
        """Collect what COPY says: its role, and the region of the buckets, which S3 is asked for.

        :raises LoadRefused: they are in different regions.
        """
        role = hook.conn_config.extra_config.get("copy_iam_role")
        paths = self.table.json_paths
        return CopySettings(
            json=f"s3://{self.bucket}/{paths}" if paths else "auto",
            options=self.table.copy_options,
            iam_role=self.iam_role or role or "default",
            region=common_region(client, self.bucket, [self.work_bucket]),
            work=(self.work_bucket, self.work_prefix),
        )


@dataclass(frozen=True, slots=True)
class _Work:
    """What one run of the task works with."""

    warehouse: Warehouse
    s3: Any
    settings: CopySettings
    gate: Gate

    @property
    def window(self) -> Window:
        return self.gate.window

    @property
    def provenance(self) -> Mapping[str, str]:
        return self.gate.provenance
