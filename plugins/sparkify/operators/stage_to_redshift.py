"""StageToRedshiftOperator: copies S3 objects into a staging table."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sparkify.failures import SourceChanged
from sparkify.loads.copying import Copier, CopySettings, StagingTable
from sparkify.loads.folder import FolderLoad, Overtaken
from sparkify.loads.judging import Judge
from sparkify.loads.ledger import loaded_versions, next_load_id
from sparkify.loads.object_text import compression_of
from sparkify.loads.objects import S3Object, check_bucket
from sparkify.loads.partitions import RECENT, PartitionedSource, SourceState
from sparkify.loads.regions import common_region
from sparkify.loads.verdicts import Budget, Loaded
from sparkify.loads.windowed import WindowLoad
from sparkify.operators.base import RedshiftOperator, provenance, window_of
from sparkify.operators.lineage import staged
from sparkify.quality.checks import CheckResult, keep_results
from sparkify.quality.source_files import outdated_files, unclaimed_files
from sparkify.tasks.failing_fast import failing_fast
from sparkify.warehouse.place import Place
from sparkify.warehouse.session import Warehouse
from sparkify.window import PartitionUnit, Window

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from airflow.providers.openlineage.extractors import OperatorLineage

log = logging.getLogger(__name__)

_TRIES = 5  # of reading a folder that keeps changing


class StageToRedshiftOperator(RedshiftOperator):
    """Copy JSON objects from S3 into a staging table of Redshift.

    The objects are those of the run's window, one partition of time each, where `key` has
    a date in it and `partition` says how wide; else all below `key` that the ledger does
    not know in their present version. They are listed in a manifest, copied into a
    temporary table, and then, in one short transaction, put in the place of the window's
    rows, or beside the rows that are there, together with the ledger's entry.

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

    :param table: the staging table. It needs a column `load_id` beside `columns`.
    :param columns: the columns to load, in the order of the jsonpaths.
    :param key_columns: the columns of the table's key.
    :param key_owner: a column that all rows of one key must share, as `user_id`. Rows of one
        key that differ in it fail the load: the key does not tell them apart.
    :param bucket: where the objects are.
    :param key: an object's key with a date in it, as `log_data/%Y/%m/%d.json`; or, with a
        slash at its end, the folder that they are in.
    :param work_bucket: where manifests are written.
    :param work_prefix: the folder in it.
    :param partition: the width of a partition of time, `hour`, `day` or `month`.
    :param event_time: the column of event time; needed with `partition`.
    :param json: `auto`, `auto ignorecase`, or the s3:// address of a jsonpaths file.
    :param copy_options: more options of COPY, as `TIMEFORMAT 'epochmillisecs'`.
    :param max_rejected: the most rows of one object that may be bad or misplaced.
    :param max_rejected_share: the largest share of an object's rows, from 0 to 1, once there
        are more than ten; None sets no such limit.
    :param iam_role: `default` for the cluster's own role, or a role's ARN. None takes
        `copy_iam_role` from the extra of the AWS connection, else `default`.
    :param contract: a JSON Schema of a record, below include/contracts. What a sample of the
        objects has otherwise is a warning in the log and in `quality_results`.
    :param aws_conn_id: the connection to S3.
    """

    template_fields: Sequence[str] = (
        "table",
        "bucket",
        "key",
        "work_bucket",
        "work_prefix",
        "json",
        "iam_role",
    )
    ui_color = "#c6d7f2"

    def __init__(
        self,
        *,
        table: str,
        columns: Sequence[str],
        key_columns: Sequence[str],
        key_owner: str | None = None,
        bucket: str,
        key: str,
        work_bucket: str,
        work_prefix: str = "sparkify",
        partition: PartitionUnit | None = None,
        event_time: str | None = None,
        json: str = "auto",
        copy_options: Sequence[str] = (),
        max_rejected: int = 100,
        max_rejected_share: float | None = None,
        iam_role: str | None = None,
        contract: str | None = None,
        aws_conn_id: str = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if (partition is None) != (event_time is None):
            raise ValueError("partition and event_time go together: give both, or neither")
        self.table = table
        self.columns = tuple(columns)
        self.key_columns = tuple(key_columns)
        self.key_owner = key_owner
        self.bucket = bucket
        self.key = key
        self.work_bucket = work_bucket
        self.work_prefix = work_prefix
        self.partition = partition
        self.event_time = event_time
        self.json = json
        self.copy_options = tuple(copy_options)
        self.budget = Budget(max_rejected, max_rejected_share)
        self.iam_role = iam_role
        self.contract = contract
        self.aws_conn_id = aws_conn_id
        self._objects: tuple[S3Object, ...] = ()

    def execute(self, context: Mapping[str, Any]) -> dict[str, int]:
        """Stage the objects.

        :returns: the number of `objects`, and of rows `read`, `staged`, `replaced`, `outside`
            (of the window), `rejected` (bad or misplaced), `identical`, `conflicting` and `late`.
        """
        began = time.monotonic()
        with failing_fast():
            window = window_of(context)
            self._check(window)
            hook, client = self._s3()
            settings = self._settings(hook, client)
            with self.connect() as warehouse:
                work = _Work(warehouse, client, settings, window, context)
                if self.partition is None:
                    loaded = self._stage_folder(work)
                else:
                    loaded = self._stage_window(work, self.partition)
        self._rows = loaded.staged
        counts = loaded.counts()
        self.report(context, self.table, counts)
        self.log.info(
            "%s: %d objects, rows: %s; %d rows replaced by %d, in %.2f s",
            self.table,
            loaded.objects,
            loaded.verdicts,
            loaded.replaced,
            loaded.staged,
            time.monotonic() - began,
        )
        return counts

    def lineage_in(self, place: Place) -> OperatorLineage | None:
        return staged(place, self.table, self._objects, self._rows) if self._objects else None

    def _check(self, window: Window) -> None:
        """Check all that can be checked before anything is asked of S3 or Redshift."""
        for bucket in (self.bucket, self.work_bucket):
            check_bucket(bucket)
        if self.partition is not None and "%" not in self.key:
            raise ValueError(f"key {self.key!r} has no date in it, as %Y/%m/%d, but a partition")
        if self.partition is None and not self.key.endswith("/"):
            raise ValueError(f"key {self.key!r} is no folder (a slash at its end), nor partitioned")
        if self.partition is not None:
            deque(window.partitions(self.partition), maxlen=0)  # no more than there may be

    def _stage_window(self, work: _Work, unit: PartitionUnit) -> Loaded:
        source = PartitionedSource(self.bucket, self.key, unit)
        load = WindowLoad(
            work.warehouse, work.s3, self._table(), source, work.window, work.provenance
        )
        next_load = next_load_id(work.warehouse, self.table)
        state = source.state(work.s3, work.window)
        self._report_objects(work, source, state)
        self._inspect(work, [item for partition in state.found for item in partition.objects])
        return load.run(self._judge(work), state, next_load)

    def _stage_folder(self, work: _Work) -> Loaded:
        load = FolderLoad(
            work.warehouse, work.s3, self._table(), self.bucket, self.key, work.provenance
        )
        judge = None
        for _ in range(_TRIES):
            state = load.state()
            if state is None:
                return Loaded()
            if judge is None:
                self._inspect(work, state.changes)
                judge = self._judge(work)
            try:
                return load.run(judge, state)
            except Overtaken as overtaken:
                log.info("%s: the folder is listed again", overtaken)
                judge.clear()
        raise SourceChanged(f"{load.source} changed each of {_TRIES} times it was read")

    def _table(self) -> StagingTable:
        return StagingTable(
            self.table, self.columns, self.key_columns, self.event_time, self.key_owner
        )

    def _judge(self, work: _Work) -> Judge:
        copier = Copier(work.warehouse, work.s3, self._table(), work.settings, work.provenance)
        return Judge(work.warehouse, self._table(), copier, self.budget)

    def _report_objects(self, work: _Work, source: PartitionedSource, state: SourceState) -> None:
        """Say what the source holds for the window, and what below it nobody loads.

        :raises AirflowSkipException: it has nothing for the window.
        """
        for item in state.ignored:
            log.info("Ignored: %s (%s)", item.url, item.ignored_by)
        work.report(unclaimed_files(f"{self.table}_objects_claimed", state))
        if state.recent:
            before = work.window.bindings()["window_start"]
            known = loaded_versions(work.warehouse, self.table, before - RECENT, before)
            work.report(outdated_files(f"{self.table}_objects_current", state, known))
        absent = [source.url(key) for key in state.absent]
        where = ", ".join(absent if len(absent) <= 3 else [absent[0], "…", absent[-1]])
        if absent:
            log.info("No object at %s: %d in all (window %s)", where, len(absent), work.window)
        if not state.found:
            from airflow.sdk.exceptions import AirflowSkipException

            raise AirflowSkipException(f"no object at {where} (window {work.window})")
        sizes = [item.size for partition in state.found for item in partition.objects]
        log.info("Window %s: %d objects, %d bytes", work.window, len(sizes), sum(sizes))

    def _inspect(self, work: _Work, objects: Sequence[S3Object]) -> None:
        """Take note of what is read, and report what is not as the contract says."""
        self._objects = tuple(objects)
        if self.contract is None or not any(item.size for item in objects):
            return
        from sparkify.quality.contract import sample

        found = sample(work.s3, objects, self.contract, compression_of(self.copy_options))
        work.report(found.as_result(f"{self.table}_contract"))

    def _s3(self) -> tuple[S3Hook, Any]:
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        hook = S3Hook(aws_conn_id=self.aws_conn_id)
        return hook, hook.get_conn()

    def _settings(self, hook: S3Hook, client: Any) -> CopySettings:
        """Collect what COPY says: its role, and the region of the buckets, which S3 is asked for.

        :raises LoadRefused: they are in different regions.
        """
        role = hook.conn_config.extra_config.get("copy_iam_role")
        paths = [self.json[len("s3://") :].partition("/")[0]] if "://" in self.json else []
        return CopySettings(
            json=self.json,
            options=self.copy_options,
            iam_role=self.iam_role or role or "default",
            region=common_region(client, self.bucket, [self.work_bucket, *paths]),
            work=(self.work_bucket, self.work_prefix),
        )


@dataclass(frozen=True, slots=True)
class _Work:
    """What one run of the task works with."""

    warehouse: Warehouse
    s3: Any
    settings: CopySettings
    window: Window
    context: Mapping[str, Any]

    @property
    def provenance(self) -> dict[str, str]:
        return provenance(self.context)

    def report(self, result: CheckResult) -> None:
        """Keep the result of a check that is made before the load, and warn where it failed."""
        keep_results(self.warehouse, [result], self.window, self.provenance)
        if result.status != "passed":
            log.warning("%s", result.advice())
