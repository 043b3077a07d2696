"""Checks of a source's files: files that no load reads, and files that changed after their load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparkify.loads.partitions import RECENT, SourceState
from sparkify.quality.checks import CheckResult, Header

_SAMPLE = 10  # objects that a result names


def unclaimed_files(name: str, state: SourceState) -> CheckResult:
    """Report the objects below the prefix that belong to no partition."""
    header = Header(
        rule="Every object of the source belongs to a partition, or is ignored by a rule.",
        severity="warning",
        means="the rows of these objects are not loaded: their names are not as expected.",
        to_do="rename them to their day, move them elsewhere, or change the source's key.",
    )
    rows = [{"object_key": item.url, "size_bytes": item.size} for item in state.unclaimed]
    return _result(name, header, rows)


def outdated_files(name: str, state: SourceState, known: Mapping[str, str]) -> CheckResult:
    """Report recent objects whose present version is not the one that was loaded.

    An object that was never loaded counts if an earlier one was.

    :param known: the version of each object that was loaded last, by its address.
    """
    header = Header(
        rule=f"The files of the {RECENT.days} days before the window are loaded as they are.",
        severity="warning",
        means="rows reached these files after the last load of their day, or they landed late.",
        to_do="nothing if they are of the last 35 days: sparkify_catch_up loads them at night. For"
        " older days, trigger that DAG with the field 'Before this day'.",
    )
    loaded = [item.url in known for item in state.recent]
    since = loaded.index(True) if any(loaded) else len(loaded)
    rows = [
        {"object_key": item.url, "state": "changed" if item.url in known else "never loaded"}
        for item in state.recent[since:]
        if known.get(item.url) != item.etag
    ]
    return _result(name, header, rows)


def _result(name: str, header: Header, rows: list[dict[str, Any]]) -> CheckResult:
    return CheckResult(name, header, len(rows), rows[:_SAMPLE])
