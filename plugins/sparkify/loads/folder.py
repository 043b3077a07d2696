"""Load the new objects of a folder whose objects belong to no window."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sparkify.failures import LoadRefused
from sparkify.loads.forgotten import ForgottenUsers, refuse_if_outdated
from sparkify.loads.judging import JUDGED, Judge
from sparkify.loads.ledger import (
    Ledger,
    LoadedObject,
    ignored_objects,
    judged_objects,
    loaded_versions,
    next_load_id,
)
from sparkify.loads.objects import S3Object, changed_since, list_below
from sparkify.loads.verdicts import Judgement, Loaded, Verdicts, log_rejected
from sparkify.model import StagingTable
from sparkify.warehouse.locks import LEDGER, lock
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import identifier, statement

log = logging.getLogger(__name__)

_STALE = "stale_rows"


class Overtaken(Exception):
    """What was read is no longer what is there: list the folder again."""


@dataclass(frozen=True, slots=True)
class FolderState:
    """A listing of a folder, held against what the ledger has of it.

    :param load_id: of the load that comes next, if none overtakes it.
    :param read: what to read: the new objects, or all where one has changed or is gone.
    :param changes: objects that the ledger does not have in this version.
    :param removed: addresses of objects that are gone since they were loaded.
    """

    load_id: int
    fingerprint: str
    objects: Sequence[S3Object]
    ignored: Sequence[S3Object]
    read: Sequence[S3Object]
    changes: Sequence[S3Object]
    removed: Sequence[str]
    in_full: bool


def last_state(warehouse: Warehouse, table: str, source: str) -> tuple[int, str | None]:
    """The number of the table's next load, and the fingerprint of the folder at the last one.

    To be called before the folder is listed: the number shows whether another load came between.
    If that load put another state in the table, and the folder has gone back to the earlier one,
    the next run loads it.

    :param source: the folder's address. The fingerprint is None if it was never loaded.
    """
    values = {"table_name": table, "source": source}
    ((load_id, fingerprint),) = warehouse.query(statement("operators/folder_state.sql"), values)
    return int(load_id), fingerprint


def hold_against(
    known: Mapping[str, str], objects: Sequence[S3Object]
) -> tuple[list[S3Object], list[str], bool]:
    """Return objects that are new or changed, addresses that are gone, and whether to read all.

    :param known: the version of each object that was loaded last, by its address.
    """
    changes = [item for item in objects if known.get(item.url) != item.etag]
    removed = sorted(known.keys() - {item.url for item in objects})
    return changes, removed, bool(removed) or any(item.url in known for item in changes)


@dataclass(frozen=True, slots=True)
class FolderLoad:
    """What a load of a folder works with; the table must have no other source.

    :param folder: a key with a slash at its end.
    :param transaction: opens the transaction that the load commits by, with its checks.
    :param provenance: dag_id, run_id and task_id.
    :param forgotten: the users who were forgotten when the load began.
    """

    warehouse: Warehouse
    s3: Any
    table: StagingTable
    bucket: str
    folder: str
    transaction: Callable[[], AbstractContextManager[None]]
    provenance: Mapping[str, str]
    forgotten: ForgottenUsers

    @property
    def source(self) -> str:
        return f"s3://{self.bucket}/{self.folder}"

    def state(self) -> FolderState | None:
        """List the folder; None where nothing in it has changed since it was loaded."""
        load_id, last_fingerprint = last_state(self.warehouse, self.table.name, self.source)
        listing = list_below(self.s3, self.bucket, self.folder)
        if listing.ignored:
            log.info(
                "%d objects below %s are ignored, such as %s (%s)",
                len(listing.ignored),
                self.source,
                listing.ignored[0].url,
                listing.ignored[0].ignored_by,
            )
        if last_fingerprint == listing.fingerprint:
            log.info("All %d objects below %s are loaded", len(listing.objects), self.source)
            return None
        known = loaded_versions(self.warehouse, self.table.name)
        changes, removed, in_full = hold_against(known, listing.objects)
        log.info(
            "%d objects below %s: %d new or changed, %d gone%s",
            len(listing.objects),
            self.source,
            len(changes),
            len(removed),
            "; all are read again" if in_full else "",
        )
        return FolderState(
            load_id=load_id,
            fingerprint=listing.fingerprint,
            objects=listing.objects,
            ignored=listing.ignored,
            read=listing.objects if in_full else changes,
            changes=changes,
            removed=removed,
            in_full=in_full,
        )

    def run(self, judge: Judge, state: FolderState) -> Loaded:
        """Make the table what the objects of a listing hold.

        New objects are added. Where one has changed, or is gone, all are read again: COPY does
        not say which object a row came from, so its old row cannot be told from another's.
        Of several rows with one key one is loaded, the same in any order of loads.

        :raises LoadRefused: an object must not be loaded.
        :raises Overtaken: an object that was read has changed since, or another run was faster.
        """
        judgement = (
            judge.judge(state.read, 0, beside_table=not state.in_full)
            if state.read
            else Judgement((), 0, Verdicts())
        )
        if state.read:
            log.info("%s", judgement)
        log_rejected(judgement.rejected)
        ledger = Ledger(self.warehouse, self.table.name, state.load_id, self.provenance)
        ledger.set_objects_aside(
            [
                *(judged_objects(judgement, state.changes) if state.read else ()),
                *ignored_objects(self.warehouse, self.table.name, state.ignored),
                *(LoadedObject(url) for url in state.removed),
            ]
        )
        # What lands meanwhile waits for the next run: this listing does not have it.
        if state.read and (changed := changed_since(self.s3, state.read, self.folder)):
            raise Overtaken(f"{changed[0].url} changed while it was loaded")
        with self.transaction():
            lock(self.warehouse, self.table.name, LEDGER)
            refuse_if_outdated(self.warehouse, self.table.personal, self.forgotten)
            if next_load_id(self.warehouse, self.table.name) != state.load_id:
                raise Overtaken(f"another run has loaded {self.source} in the meantime")
            replaced, staged = self._put(judgement, state)
            ledger.write_objects_set_aside()
            ledger.write_errors(judgement.rejected)
            ledger.write_listing(
                self.source,
                state.fingerprint,
                len(state.objects),
                voids_rows=state.in_full or replaced > 0,
            )
        return Loaded(len(state.read), judgement.verdicts, staged, replaced)

    def _put(self, judgement: Judgement, state: FolderState) -> tuple[int, int]:
        """Put the kept rows in their place: how many rows were replaced, and how many staged.

        :raises LoadRefused: the table does not end with the rows that were to be kept.
        """
        names: dict[str, str | Sequence[str]] = {
            "table": self.table.name,
            "judged": JUDGED,
            "columns": self.table.columns,
            "key": self.table.key,
        }
        load_id = {"load_id": state.load_id}
        if not state.in_full:
            replaced = self.warehouse.execute(statement("operators/delete_replaced.sql", **names))
            staged = self.warehouse.execute(
                statement("operators/insert_kept.sql", **names), load_id
            )
            staged_in_all, kept_in_all = staged, judgement.verdicts.kept
        else:
            # Rows that stay as they are keep their load_id.
            self.warehouse.execute(
                statement("operators/create_incoming.sql", incoming=_STALE, table=self.table.name)
            )
            aside = statement("operators/set_stale_aside.sql", aside=_STALE, **names)
            self.warehouse.execute(aside)
            names["incoming"] = _STALE
            replaced = self.warehouse.execute(statement("operators/delete_matching.sql", **names))
            staged = self.warehouse.execute(
                statement("operators/insert_kept.sql", unless_in=self.table.name, **names), load_id
            )
            self.warehouse.execute(f"drop table {_STALE}")
            counted = f"select count(*) from {identifier(self.table.name)}"
            ((staged_in_all,),) = self.warehouse.query(counted)
            kept_in_all = judgement.verdicts.kept
        if staged_in_all != kept_in_all:
            raise LoadRefused(
                f"{self.table.name}: {kept_in_all} rows were to be kept, {staged_in_all} are"
                " there: nothing was loaded"
            )
        return replaced, staged
