"""StageToRedshiftOperator: copies S3 objects into a staging table."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sparkify.failures import failing_fast
from sparkify.operators.base import RedshiftOperator, provenance, window_of
from sparkify.sources import S3Object, find, fingerprint, partition_key
from sparkify.staging import Staging, StagingTable
from sparkify.warehouse import Warehouse
from sparkify.window import PartitionUnit, Window


class StageToRedshiftOperator(RedshiftOperator):
    """Copy JSON objects from S3 into a staging table of Redshift.

    The objects are those of the run's window, one partition of time each, where `key` has
    a date in it and `partition` says how wide; else all below `key` that the ledger does
    not know in their present version. They are listed in a manifest, copied into a
    temporary table, and then, in one short transaction, put in the place of the window's
    rows, or of the rows with their keys, together with the ledger's entry.

    COPY runs under an IAM role; no key is ever part of a statement. Rows that Redshift
    refuses, that lie outside of their own object's partition, or whose key came twice, are
    written to `load_errors` with their reason. Past `max_rejected` of them the task fails,
    is not retried, and loads nothing.

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
    :param iam_role: `default` for the cluster's own role, or a role's ARN. None takes
        `copy_iam_role` from the extra of the AWS connection, else `default`.
    :param region: of the bucket. None takes that of the AWS connection.
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
        iam_role: str | None = None,
        region: str | None = None,
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
        self.max_rejected = max_rejected
        self.iam_role = iam_role
        self.region = region
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Stage the objects.

        :returns: the number of `objects`, and of rows `read`, `staged`, `replaced` and
            `rejected`.
        """
        began = time.monotonic()
        with failing_fast():
            self._check_key()
            client, iam_role, region = self._aws()
            with Warehouse.connect(self.redshift_conn_id) as warehouse:
                staging = Staging(
                    warehouse=warehouse,
                    s3=client,
                    table=StagingTable(self.table, self.columns, self.key_columns, self.event_time),
                    json=self.json,
                    copy_options=self.copy_options,
                    iam_role=iam_role,
                    region=region,
                    work=(self.work_bucket, self.work_prefix),
                    max_rejected=self.max_rejected,
                    provenance=provenance(context) | {"try": str(context["ti"].try_number)},
                )
                if self.partition is not None:
                    loaded = self._stage_window(staging, client, window_of(context))
                else:
                    loaded = self._stage_new(staging, client)
        self.log.info(
            "%s: %d objects, %d rows read, %d rejected; %d rows replaced by %d, in %.2f s",
            self.table,
            *(loaded[name] for name in ("objects", "read", "rejected", "replaced", "staged")),
            time.monotonic() - began,
        )
        return loaded

    def _check_key(self) -> None:
        """Rendered by now, the key must fit what is to be done with it."""
        if self.partition is not None and "%" not in self.key:
            raise ValueError(f"key {self.key!r} has no date in it, as %Y/%m/%d, but a partition")
        if self.partition is None and not self.key.endswith("/"):
            raise ValueError(f"key {self.key!r} is no folder (a slash at its end), nor partitioned")

    def _stage_window(self, staging: Staging, client: Any, window: Window) -> dict[str, Any]:
        assert self.partition is not None
        partitions: list[tuple[Window, list[S3Object]]] = []
        absent = []
        for part in window.partitions(self.partition):
            key = partition_key(self.key, part.start)
            if objects := find(client, self.bucket, key):
                partitions.append((part, objects))
            else:
                absent.append(f"s3://{self.bucket}/{key}")
        where = ", ".join(absent if len(absent) <= 3 else [absent[0], "…", absent[-1]])
        if absent:
            self.log.info("No object at %s: %d in all (window %s)", where, len(absent), window)
        if not partitions:
            from airflow.sdk.exceptions import AirflowSkipException

            raise AirflowSkipException(f"no object at {where} (window {window})")
        self.log.info(
            "Window %s: %d objects, %d bytes",
            window,
            sum(len(objects) for _, objects in partitions),
            sum(item.size for _, objects in partitions for item in objects),
        )
        return staging.replace_window(window, partitions)

    def _stage_new(self, staging: Staging, client: Any) -> dict[str, Any]:
        source = f"s3://{self.bucket}/{self.key}"
        listed = find(client, self.bucket, self.key)
        state = fingerprint(listed)
        if staging.last_fingerprint(source) == state:
            self.log.info("All %d objects below %s are loaded already", len(listed), source)
            return {"objects": 0, "read": 0, "staged": 0, "replaced": 0, "rejected": 0}
        known = staging.loaded_etags()
        new = [item for item in listed if known.get(item.url) != item.etag]
        self.log.info(
            "%d objects below %s, %d of them new or changed", len(listed), source, len(new)
        )
        return staging.upsert(source, state, listed=len(listed), objects=new)

    def _aws(self) -> tuple[Any, str, str | None]:
        """A client of S3, the role for COPY, and the bucket's region."""
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        hook = S3Hook(aws_conn_id=self.aws_conn_id)
        extra = hook.conn_config.extra_config
        return (
            hook.get_conn(),
            self.iam_role or extra.get("copy_iam_role") or "default",
            self.region or hook.region_name,
        )
