"""A load of what is new in a folder of objects, none of which belongs to a window."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sparkify.failures import LoadRefused, SourceChanged
from sparkify.ledger import Ledger, LoadedObject, loaded_together
from sparkify.sources import S3Object, find, fingerprint
from sparkify.staging.copying import Copied, Copier, StagingTable
from sparkify.staging.rejects import SECOND_OF_KEY, Rejects
from sparkify.statements import statement
from sparkify.warehouse import Warehouse

log = logging.getLogger(__name__)

_ARRIVED, _INCOMING, _ASIDE = "arrived_rows", "incoming_rows", "rows_set_aside"
_TRIES = 5


class _Overtaken(Exception):
    """Another run has loaded from the folder since it was listed."""


@dataclass(frozen=True, slots=True)
class _Listing:
    """A state of the folder, held against what the ledger has of it.

    :param load_id: of the load that comes next, if none overtakes it.
    :param read: what to read: the new objects, or all where one has changed or is gone.
    :param changes: what the ledger does not have yet: versions, and (None) removals.
    """

    source: str
    load_id: int
    objects: Sequence[S3Object]
    read: Sequence[S3Object]
    changes: Sequence[S3Object]
    removed: Sequence[str]
    in_full: bool

    @property
    def state(self) -> str:
        return fingerprint(self.objects)


def load_folder(
    warehouse: Warehouse,
    s3: Any,
    table: StagingTable,
    copier: Copier,
    rejects: Rejects,
    *,
    bucket: str,
    folder: str,
    provenance: Mapping[str, str],
    inspect: Callable[[Sequence[S3Object]], None],
) -> dict[str, int]:
    """Make the table what the objects below `folder` hold; it must have no other source.

    New objects are added. Where one has changed, or is gone, all are read again: COPY does
    not say which object a row came from, so that its old row cannot be told from another's.
    Of several rows with one key one is loaded, the same in any order of loads.

    :param inspect: is shown the objects that are new or changed before they are copied.
    :raises LoadRefused: more rows are bad than may be.
    :raises SourceChanged: the folder changed each time it was read.
    """
    inspected: set[S3Object] = set()
    for attempt in range(_TRIES):
        rejects.rows.clear()
        listing = _list(warehouse, s3, table, bucket, folder)
        if listing is None:
            return {"objects": 0, "read": 0, "staged": 0, "replaced": 0, "rejected": 0}
        inspect([item for item in listing.changes if item not in inspected])
        inspected |= set(listing.changes)
        _clear(warehouse, table, first=attempt == 0)
        copied = copier.copy(_ARRIVED, listing.read, rejects) if listing.read else Copied(0, 0)
        if fingerprint(find(s3, bucket, folder)) != listing.state:
            log.info("%s changed while it was loaded: once more", listing.source)
            continue
        try:
            return _put(warehouse, table, rejects, listing, copied, provenance)
        except _Overtaken:
            log.info("Another run has loaded %s in the meantime: once more", listing.source)
    raise SourceChanged(f"s3://{bucket}/{folder} changed each of {_TRIES} times it was read")


def _list(
    warehouse: Warehouse, s3: Any, table: StagingTable, bucket: str, folder: str
) -> _Listing | None:
    """The folder as it is now; None where nothing in it has changed since it was loaded."""
    source, name = f"s3://{bucket}/{folder}", {"table_name": table.name}
    ((load_id,),) = warehouse.query(statement("operators/next_load_id.sql"), name)
    objects = find(s3, bucket, folder)
    last = warehouse.query(statement("operators/last_fingerprint.sql"), name | {"source": source})
    if last and last[0][0] == fingerprint(objects):
        log.info("All %d objects below %s are loaded already", len(objects), source)
        return None
    known = dict(warehouse.query(statement("operators/loaded_etags.sql"), name))
    changes, removed, in_full = hold_against(known, objects)
    log.info(
        "%d objects below %s: %d new or changed, %d gone%s",
        len(objects),
        source,
        len(changes),
        len(removed),
        "; all are read again" if in_full else "",
    )
    return _Listing(
        source,
        int(load_id),
        objects,
        read=objects if in_full else changes,
        changes=changes,
        removed=removed,
        in_full=in_full,
    )


def hold_against(
    known: Mapping[str, str], objects: Sequence[S3Object]
) -> tuple[list[S3Object], list[str], bool]:
    """Objects that are new or changed, addresses that are gone, and whether all must be read.

    :param known: the version of each object that was loaded last, by its address.
    """
    changes = [item for item in objects if known.get(item.url) != item.etag]
    removed = sorted(known.keys() - {item.url for item in objects})
    return changes, removed, bool(removed) or any(item.url in known for item in changes)


def _clear(warehouse: Warehouse, table: StagingTable, *, first: bool) -> None:
    """Make the temporary tables, or empty them."""
    for temporary in (_ARRIVED, _INCOMING, _ASIDE):
        warehouse.execute(
            statement("operators/create_incoming.sql", incoming=temporary, table=table.name)
            if first
            else statement("operators/delete_all.sql", table=temporary)
        )


def _put(
    warehouse: Warehouse,
    table: StagingTable,
    rejects: Rejects,
    listing: _Listing,
    copied: Copied,
    provenance: Mapping[str, str],
) -> dict[str, int]:
    """Put what has come in its place, all or nothing.

    :raises _Overtaken: the listing is no longer one of all that is loaded.
    """
    with warehouse.transaction():
        warehouse.execute(statement("operators/lock.sql", tables=[table.name]))
        ((load_id,),) = warehouse.query(
            statement("operators/next_load_id.sql"), {"table_name": table.name}
        )
        if load_id != listing.load_id:
            raise _Overtaken
        merged = _merge(warehouse, table, rejects, listing)
        rejects.check(copied.read)
        rejected = len(rejects.rows)
        if copied.read + merged.present != merged.kept + rejected:
            raise LoadRefused(
                f"{table.name}: {copied.read} rows were read and {merged.present} were there,"
                f" but {merged.kept} kept and {rejected} rejected: nothing was loaded"
            )
        ledger = Ledger(warehouse, table.name, int(load_id), provenance)
        ledger.write_objects(
            [
                *loaded_together(listing.changes, copied.lines, rejects.rows),
                *(LoadedObject(url, None) for url in listing.removed),
            ]
        )
        ledger.write_errors(rejects.rows)
        # A key that was there may have another row now: what was made of the old one is void.
        voids = listing.in_full or merged.present > 0
        ledger.write_listing(listing.source, listing.state, len(listing.objects), voids_rows=voids)
    rejects.warn()
    return {
        "objects": len(listing.read),
        "read": copied.read,
        "staged": merged.staged,
        "replaced": merged.replaced,
        "rejected": rejected,
    }


@dataclass(frozen=True, slots=True)
class _Merged:
    """Rows of the table that the new ones were held against, and what became of all."""

    present: int
    kept: int
    replaced: int
    staged: int


def _merge(
    warehouse: Warehouse, table: StagingTable, rejects: Rejects, listing: _Listing
) -> _Merged:
    """Make the table what the folder is."""
    names: dict[str, str | Sequence[str]] = {
        "table": table.name,
        "columns": table.columns,
        "key": table.key,
        "arrived": _ARRIVED,
        "incoming": _INCOMING,
    }
    keep_first = statement("operators/keep_first.sql", **names)
    kept, present = warehouse.execute(keep_first), 0
    if not listing.in_full:
        present = warehouse.execute(statement("operators/add_present.sql", **names))
        if present:
            warehouse.execute(statement("operators/delete_all.sql", table=_INCOMING))
            kept = warehouse.execute(keep_first)
    _reject_copies(warehouse, table, rejects, listing)
    if listing.in_full:
        warehouse.execute(statement("operators/set_changed_aside.sql", **names, aside=_ASIDE))
        names["incoming"] = _ASIDE
    replaced = warehouse.execute(statement("operators/delete_matching.sql", **names))
    names["incoming"] = _INCOMING
    staged = warehouse.execute(
        statement("operators/insert_missing_staged.sql", **names), {"load_id": listing.load_id}
    )
    return _Merged(present, kept, replaced, staged)


def _reject_copies(
    warehouse: Warehouse, table: StagingTable, rejects: Rejects, listing: _Listing
) -> None:
    """Take note of rows whose key another one has, in the objects or in the table."""
    names = {"arrived": _ARRIVED, "key": table.key}
    ((count,),) = warehouse.query(statement("operators/count_copies.sql", **names))
    if count:
        select = statement("operators/select_copies.sql", columns=table.columns, **names)
        rejects.add(
            warehouse.query(rejects.limited(select, int(count))),
            count=int(count),
            columns=table.columns,
            objects=listing.read,
            column=", ".join(table.key),
            reason=SECOND_OF_KEY,
        )
