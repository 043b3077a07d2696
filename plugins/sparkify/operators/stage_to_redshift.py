"""StageToRedshiftOperator: copies S3 objects into a staging table."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sparkify.checks import keep_results
from sparkify.failures import failing_fast
from sparkify.lineage import Place, staged
from sparkify.operators.base import RedshiftOperator, provenance, window_of
from sparkify.sources import S3Object, check_bucket, find, partition_key
from sparkify.staging import (
    Budget,
    Copier,
    CopySettings,
    Partition,
    Rejects,
    StagingTable,
    load_folder,
    load_window,
)
from sparkify.warehouse import Warehouse
from sparkify.window import PartitionUnit, Window

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from airflow.providers.openlineage.extractors import OperatorLineage


class StageToRedshiftOperator(RedshiftOperator):
    """Copy JSON objects from S3 into a staging table of Redshift.

    The objects are those of the run's window, one partition of time each, where `key` has
    a date in it and `partition` says how wide; else all below `key` that the ledger does
    not know in their present version. They are listed in a manifest, copied into a
    temporary table, and then, in one short transaction, put in the place of the window's
    rows, or beside the rows that are there, together with the ledger's entry.

    COPY runs under an IAM role; no key is ever part of a statement. Rows that Redshift
    refuses, that lie outside of their own object's partition, or whose key another row has,
    are written to `load_errors` with their reason. Past `max_rejected` of them, or
    `max_rejected_share` of the rows read, the task fails, is not retried, and loads nothing.
    An object that changes while it is read is read again, at the next try.

    No object for the window: the task is skipped. No new object below `key`: it succeeds.

    :param table: the staging table. It needs a column `load_id` beside `columns`.
    :param columns: the columns to load, in the order of the jsonpaths.
    :param key_columns: the columns of the table's key.
    :param bucket: where the objects are.
    :param key: an object's key with a date in it, as `log_data/%Y/%m/%d.json`; or, with a
        slash at its end, the folder that they are in.
    :param work_bucket: where manifests are written.
    :param work_prefix: the folder in it.
    :param partition: the width of a partition of time, `hour`, `day` or `month`.
    :param event_time: the column of event time; needed with `partition`.
    :param json: `auto`, `auto ignorecase`, or the s3:// address of a jsonpaths file.
    :param copy_options: more options of COPY, as `TIMEFORMAT 'epochmillisecs'`.
    :param max_rejected: the most rows that one load may reject.
    :param max_rejected_share: the largest share of the rows read, from 0 to 1, once there are
        more than ten; None sets no such limit.
    :param iam_role: `default` for the cluster's own role, or a role's ARN. None takes
        `copy_iam_role` from the extra of the AWS connection, else `default`.
    :param region: of the bucket. None takes that of the AWS connection.
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
        "region",
    )
    ui_color = "#c6d7f2"

    def __init__(
        self,
        *,
        table: str,
        columns: Sequence[str],
        key_columns: Sequence[str],
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
        region: str | None = None,
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
        self.region = region
        self.contract = contract
        self.aws_conn_id = aws_conn_id
        self._objects: tuple[S3Object, ...] = ()

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Stage the objects.

        :returns: the number of `objects`, and of rows `read`, `staged`, `replaced` and
            `rejected`.
        """
        began = time.monotonic()
        with failing_fast():
            self._check_names()
            hook, client = self._s3()
            with self.connect() as warehouse:
                loaded = self._stage(warehouse, client, self._settings(hook), context)
        self._rows = loaded["staged"]
        self.report(context, self.table, loaded)
        self.log.info(
            "%s: %d objects, %d rows read, %d rejected; %d rows replaced by %d, in %.2f s",
            self.table,
            *(loaded[name] for name in ("objects", "read", "rejected", "replaced", "staged")),
            time.monotonic() - began,
        )
        return loaded

    def lineage_in(self, place: Place) -> OperatorLineage | None:
        return staged(place, self.table, self._objects, self._rows) if self._objects else None

    def _check_names(self) -> None:
        """Rendered by now, the names must be such, and the key fit what is to be done with it."""
        for bucket in (self.bucket, self.work_bucket):
            check_bucket(bucket)
        if self.partition is not None and "%" not in self.key:
            raise ValueError(f"key {self.key!r} has no date in it, as %Y/%m/%d, but a partition")
        if self.partition is None and not self.key.endswith("/"):
            raise ValueError(f"key {self.key!r} is no folder (a slash at its end), nor partitioned")

    def _stage(
        self,
        warehouse: Warehouse,
        client: Any,
        settings: CopySettings,
        context: Mapping[str, Any],
    ) -> dict[str, int]:
        origin = provenance(context)
        table = StagingTable(self.table, self.columns, self.key_columns, self.event_time)
        given = {
            "warehouse": warehouse,
            "s3": client,
            "table": table,
            "copier": Copier(warehouse, client, table, settings, origin),
            "rejects": Rejects(self.table, self.budget),
            "provenance": origin,
            "inspect": partial(self._inspect, warehouse, client, context),
        }
        if self.partition is None:
            return load_folder(**given, bucket=self.bucket, folder=self.key)
        window = window_of(context)
        return load_window(**given, window=window, partitions=self.partitions(client, window))

    def _inspect(
        self,
        warehouse: Warehouse,
        client: Any,
        context: Mapping[str, Any],
        objects: Sequence[S3Object],
    ) -> None:
        """Take note of what is read, and report what is not as the contract says."""
        self._objects += tuple(objects)
        if self.contract is None or not objects:
            return
        from sparkify.contract import sample

        found = sample(client, objects, self.contract)
        result = found.as_result(f"{self.table}_contract")
        keep_results(warehouse, [result], window_of(context), provenance(context))
        if result.status != "passed":
            self.log.warning("%s", result.advice())

    def partitions(self, client: Any, window: Window) -> list[Partition]:
        """The partitions of `window` that S3 has objects for.

        :raises AirflowSkipException: there is none.
        """
        assert self.partition is not None
        found: list[Partition] = []
        absent = []
        for span in window.partitions(self.partition):
            key = partition_key(self.key, span.start)
            if objects := find(client, self.bucket, key):
                found.append(Partition(span, key, tuple(objects)))
            else:
                absent.append(f"s3://{self.bucket}/{key}")
        where = ", ".join(absent if len(absent) <= 3 else [absent[0], "…", absent[-1]])
        if absent:
            self.log.info("No object at %s: %d in all (window %s)", where, len(absent), window)
        if not found:
            from airflow.sdk.exceptions import AirflowSkipException

            raise AirflowSkipException(f"no object at {where} (window {window})")
        sizes = [item.size for partition in found for item in partition.objects]
        self.log.info("Window %s: %d objects, %d bytes", window, len(sizes), sum(sizes))
        return found

    def _s3(self) -> tuple[S3Hook, Any]:
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        hook = S3Hook(aws_conn_id=self.aws_conn_id)
        return hook, hook.get_conn()

    def _settings(self, hook: S3Hook) -> CopySettings:
        """What COPY says: its role and the bucket's region, if need be from the connection."""
        role = hook.conn_config.extra_config.get("copy_iam_role")
        return CopySettings(
            json=self.json,
            options=self.copy_options,
            iam_role=self.iam_role or role or "default",
            region=self.region or hook.region_name,
            work=(self.work_bucket, self.work_prefix),
        )
