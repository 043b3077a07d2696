"""The steps of one load of a staging table, from manifest to ledger.

Everything slow (COPY, the checks on what it brought) happens in temporary tables, outside
of any lock. The last step is one short transaction: lock, take a load id, delete, insert,
write the ledger.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sparkify.copy_statement import copy_statement
from sparkify.failures import LoadRefused, describe, sqlstate
from sparkify.ledger import LONGEST_NAME, Ledger, Rejected, Tally
from sparkify.sources import S3Object, manifest, read_lines, work_key
from sparkify.statements import statement
from sparkify.warehouse import Warehouse
from sparkify.window import Window

log = logging.getLogger(__name__)

_ARRIVED, _INCOMING = "arrived_rows", "incoming_rows"
_LOGGED = 20  # rejected rows that a log shows
_REFUSED_AT_LOAD = "XX000"  # the SQLSTATE of "Load into table … failed"


@dataclass(frozen=True, slots=True)
class StagingTable:
    """A staging table: the columns that are loaded, its key, and its column of event time."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    event_time: str | None = None


class Staging:
    """One load of one staging table.

    :param work: bucket and prefix for manifests.
    :param provenance: dag_id, run_id and task_id, for the ledger; and `try`, for a manifest's
        key.
    """

    def __init__(
        self,
        *,
        warehouse: Warehouse,
        s3: Any,
        table: StagingTable,
        json: str,
        copy_options: Sequence[str],
        iam_role: str,
        region: str | None,
        work: tuple[str, str],
        max_rejected: int,
        provenance: Mapping[str, str],
    ) -> None:
        self._warehouse, self._s3, self._table = warehouse, s3, table
        self._json, self._copy_options = json, copy_options
        self._iam_role, self._region = iam_role, region
        self._work, self._max_rejected, self._provenance = work, max_rejected, provenance
        self._tally = Tally()

    def last_fingerprint(self, source: str) -> str | None:
        """The state of a folder when it was last loaded in full."""
        rows = self._warehouse.query(
            statement("operators/last_fingerprint.sql"),
            {"table_name": self._table.name, "source": source},
        )
        return rows[0][0] if rows else None

    def loaded_etags(self) -> dict[str, str]:
        """The version of each object that was loaded last, by its address."""
        rows = self._warehouse.query(
            statement("operators/loaded_etags.sql"), {"table_name": self._table.name}
        )
        return dict(rows)

    def replace_window(
        self, window: Window, partitions: Sequence[tuple[Window, Sequence[S3Object]]]
    ) -> dict[str, Any]:
        """Load partitions of time, of which the rows in `window` replace those in the table.

        :raises LoadRefused: more rows are bad than may be.
        """
        event_time = str(self._table.event_time)
        self._create(_INCOMING)
        for number, (partition, objects) in enumerate(partitions):
            self._create(_ARRIVED)
            before = len(self._tally.rejected)
            loaded = self._copy(_ARRIVED, objects, f"{number:04d}")
            if not loaded and len(self._tally.rejected) > before:
                self._refuse(f"No row of {_one_or_several(objects)} could be read.")
            self._reject_elsewhere(partition, objects)
            kept = self._warehouse.execute(
                statement(
                    "operators/keep_window.sql",
                    incoming=_INCOMING,
                    arrived=_ARRIVED,
                    columns=self._table.columns,
                    event_time=event_time,
                ),
                partition.overlap(window).bindings(),
            )
            if len(objects) == 1:
                self._tally.staged[objects[0].url] = kept
            self._warehouse.execute(f"drop table {_ARRIVED}")
        delete = statement(
            "operators/delete_window.sql", table=self._table.name, event_time=event_time
        )
        return self._commit(delete, window.bindings(), window=window)

    def upsert(
        self, source: str, state: str, *, listed: int, objects: Sequence[S3Object]
    ) -> dict[str, Any]:
        """Load objects, whose rows replace those of the same key.

        :param state: the fingerprint of the whole folder `source`, of `listed` objects.
        :raises LoadRefused: more rows are bad than may be.
        """
        self._create(_INCOMING)
        if objects:
            self._copy(_INCOMING, objects, "0000")
        delete = statement(
            "operators/delete_matching.sql",
            table=self._table.name,
            incoming=_INCOMING,
            key=self._table.key,
        )
        return self._commit(delete, {}, listing=(source, state, listed))

    def _create(self, temporary: str) -> None:
        self._warehouse.execute(
            statement("operators/create_incoming.sql", incoming=temporary, table=self._table.name)
        )

    def _copy(self, into: str, objects: Sequence[S3Object], name: str) -> int:
        """COPY exactly these objects, and take note of what was refused; the rows loaded."""
        bucket, prefix = self._work
        origin = self._provenance
        key = work_key(
            prefix,
            "manifests",
            origin["dag_id"],
            origin["run_id"],
            f"{origin['task_id']}-{origin['try']}-{name}.manifest",
        )
        self._s3.put_object(Bucket=bucket, Key=key, Body=manifest(objects))
        left = self._max_rejected - len(self._tally.rejected)
        sql = copy_statement(
            table=into,
            columns=self._table.columns,
            manifest_url=f"s3://{bucket}/{key}",
            json=self._json,
            iam_role=self._iam_role,
            region=self._region,
            max_errors=left + 1,
            options=self._copy_options,
        )
        log.info("%s", sql)
        ((session_id, began),) = self._warehouse.query(statement("operators/session.sql"))
        try:
            self._warehouse.execute(sql)
        except Exception as error:
            if sqlstate(error) != _REFUSED_AT_LOAD:
                raise
            since = {"session_id": session_id, "began": began}
            if self._note_refused("operators/failed_copy_errors.sql", since, objects):
                self._refuse(describe(error))
            raise  # it was not for the data
        self._note_refused("operators/copy_errors.sql", {}, objects)
        self._tally.objects += objects
        ((loaded,),) = self._warehouse.query(statement("operators/last_copy_count.sql"))
        detail = self._warehouse.query(statement("operators/copy_detail.sql"))
        self._tally.lines |= {url: int(lines) for url, lines in detail}
        self._tally.read += int(loaded)
        return int(loaded)

    def _note_refused(
        self, errors: str, values: Mapping[str, Any], objects: Sequence[S3Object]
    ) -> int:
        """Read what COPY refused, with the lines as they stand in the objects; how many."""
        rows = self._warehouse.query(statement(errors), values)
        # A name longer than SYS_LOAD_ERROR_DETAIL keeps is cut there.
        urls = {item.url[:LONGEST_NAME]: item.url for item in objects}
        by_object: dict[str, list[int]] = {}
        for url, line, *_ in rows:
            by_object.setdefault(urls[url], []).append(int(line))
        lines = {url: read_lines(self._s3, url, numbers) for url, numbers in by_object.items()}
        self._tally.read += len(rows)
        self._tally.rejected += [
            Rejected(
                urls[url],
                int(line),
                column,
                int(code),
                reason,
                lines[urls[url]].get(int(line), ""),
            )
            for url, line, column, code, reason in rows
        ]
        return len(rows)

    def _reject_elsewhere(self, partition: Window, objects: Sequence[S3Object]) -> None:
        """Reject rows that are in another partition's object than their own."""
        values = {
            "partition_start": partition.bindings()["window_start"],
            "partition_end": partition.bindings()["window_end"],
        }
        event_time = str(self._table.event_time)
        names = {"arrived": _ARRIVED, "event_time": event_time}
        ((count,),) = self._warehouse.query(
            statement("operators/count_elsewhere.sql", **names), values
        )
        if count:
            sample = statement("operators/select_elsewhere.sql", key=self._table.key, **names)
            self._reject(
                count=int(count),
                sample=self._warehouse.query(sample, values),
                named=[*self._table.key, event_time],
                object_key=_one_or_several(objects),
                column=event_time,
                reason=f"the row's {event_time} is outside of its object's {partition}",
            )

    def _reject_duplicates(self) -> None:
        """Take note of rows whose key came more than once; one of each is loaded."""
        names = {"incoming": _INCOMING, "key": self._table.key}
        ((count,),) = self._warehouse.query(statement("operators/count_duplicates.sql", **names))
        if count:
            self._reject(
                count=int(count),
                sample=self._warehouse.query(statement("operators/select_duplicates.sql", **names)),
                named=self._table.key,
                object_key=_one_or_several(self._tally.objects),
                column=", ".join(self._table.key),
                reason="the row's key came more than once; one of them was loaded",
            )

    def _reject(
        self,
        *,
        count: int,
        sample: Sequence[Sequence[Any]],
        named: Sequence[str],
        object_key: str,
        column: str,
        reason: str,
    ) -> None:
        """Reject `count` rows, of which `sample` has the values of the columns `named`."""
        texts = [
            ", ".join(f"{name}={value}" for name, value in zip(named, row, strict=True))
            for row in sample[:count]
        ]
        texts += [""] * (count - len(texts))
        self._tally.rejected += [
            Rejected(object_key, None, column, None, reason, text) for text in texts
        ]

    def _refuse(self, reason: str) -> None:
        """Fail, with what is known of the rows in the log.

        :raises LoadRefused: always.
        """
        for row in self._tally.rejected[:_LOGGED]:
            log.error("Rejected: %s", row)
        if len(self._tally.rejected) > _LOGGED:
            log.error("… and %d more", len(self._tally.rejected) - _LOGGED)
        first = f" The first: {self._tally.rejected[0]}" if self._tally.rejected else ""
        raise LoadRefused(f"{self._table.name}: nothing was loaded. {reason}{first}")

    def _commit(
        self,
        delete: str,
        values: Mapping[str, Any],
        *,
        window: Window | None = None,
        listing: tuple[str, str, int] | None = None,
    ) -> dict[str, Any]:
        """Put what has come in its place, all or nothing."""
        self._reject_duplicates()
        rejected = self._tally.rejected
        if len(rejected) > self._max_rejected:
            self._refuse(f"{len(rejected)} rows were rejected; {self._max_rejected} may be.")
        for row in rejected[:_LOGGED]:
            log.warning("Rejected: %s", row)
        warehouse, table = self._warehouse, self._table
        with warehouse.transaction():
            warehouse.execute(statement("operators/lock.sql", tables=[table.name]))
            ((load_id,),) = warehouse.query(
                statement("operators/next_load_id.sql"), {"table_name": table.name}
            )
            replaced = warehouse.execute(delete, values)
            staged = warehouse.execute(
                statement(
                    "operators/insert_staged.sql",
                    table=table.name,
                    incoming=_INCOMING,
                    columns=table.columns,
                    key=table.key,
                ),
                {"load_id": load_id},
            )
            ledger = Ledger(warehouse, table.name, int(load_id), self._provenance)
            ledger.write_objects(self._tally, window.bindings() if window else {})
            ledger.write_errors(rejected)
            if listing is not None:
                ledger.write_listing(*listing)
        return {
            "objects": len(self._tally.objects),
            "read": self._tally.read,
            "staged": staged,
            "replaced": replaced,
            "rejected": len(rejected),
        }


def _one_or_several(objects: Sequence[S3Object]) -> str:
    """The address of the only object, or what is common to those of several."""
    urls = [item.url for item in objects]
    return urls[0] if len(urls) == 1 else f"{os.path.commonprefix(urls)}*"  # noqa: RUF071 - a key has no parts
