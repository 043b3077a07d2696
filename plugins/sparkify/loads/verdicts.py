"""The verdicts that the rows of an object can get, and a budget for the bad ones."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

from sparkify.failures import LoadRefused
from sparkify.loads.objects import S3Object, one_or_several

log = logging.getLogger(__name__)

MOST_ERRORS = 100_000  # the largest MAXERROR: Redshift's manual, "Data load operations"
FIRST_ROW = " The first: "  # precedes a rejected row in a message
_FEW = 10  # rows that may be rejected whatever their share: of a handful it says nothing
_LOGGED = 20  # rejected rows that a log shows


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How many rows got each verdict. Every row that COPY read gets exactly one.

    :param kept: loaded.
    :param outside: of the object's partition, but not of the run's window.
    :param misplaced: of another partition than the object's.
    :param identical: repeats another row in full; dropped.
    :param conflicting: has the key of a row that is kept, and other content; dropped.
    :param bad: refused by COPY.
    """

    kept: int = 0
    outside: int = 0
    misplaced: int = 0
    identical: int = 0
    conflicting: int = 0
    bad: int = 0

    @property
    def read(self) -> int:
        return sum(getattr(self, each.name) for each in fields(self))

    @property
    def rejected(self) -> int:
        """The rows that the error budget is for."""
        return self.bad + self.misplaced

    def __add__(self, other: Self) -> Verdicts:
        return Verdicts(
            *(getattr(self, each.name) + getattr(other, each.name) for each in fields(self))
        )

    def __str__(self) -> str:
        """The verdicts that any row got, and how many."""
        counts = {each.name: getattr(self, each.name) for each in fields(self)}
        return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "none"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one load did.

    :param objects: how many were read.
    :param staged: rows inserted; less than the kept ones where some were there already.
    :param replaced: rows deleted before.
    :param late: rows found for hours that were loaded without them.
    """

    objects: int = 0
    verdicts: Verdicts = field(default_factory=Verdicts)
    staged: int = 0
    replaced: int = 0
    late: int = 0

    def counts(self) -> dict[str, int]:
        """Return what the task returns, and what its metrics show."""
        verdicts = self.verdicts
        return {
            "objects": self.objects,
            "read": verdicts.read,
            "staged": self.staged,
            "replaced": self.replaced,
            "outside": verdicts.outside,
            "rejected": verdicts.rejected,
            "identical": verdicts.identical,
            "conflicting": verdicts.conflicting,
            "late": self.late,
        }


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that was not loaded, and why; see `load_errors.sql`.

    :param may_hide_others: COPY may have passed over records behind this one.
    """

    object_key: str
    line: int | None
    column: str
    code: int | None
    reason: str
    raw_text: str
    verdict: str
    may_hide_others: bool = False

    def __str__(self) -> str:
        line = f" line {self.line}" if self.line else ""
        column = f" column {self.column}" if self.column else ""
        return f"{self.object_key}{line}{column}: {self.reason}: {self.raw_text[:200]}"


@dataclass(frozen=True, slots=True)
class Budget:
    """The rows that may be rejected of one object: so many, and such a share of those read.

    :param rows: the most rows, below 100,000.
    :param share: the largest share, from 0 to 1, once there are more than ten; None sets no
        such limit.
    """

    rows: int = 100
    share: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.rows < MOST_ERRORS:
            raise ValueError(f"a budget of {self.rows} rows: MAXERROR of COPY goes to 100,000")
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError(f"a budget of {self.share} of the rows: a share is from 0 to 1")

    def exceeded_by(self, item: S3Object, verdicts: Verdicts) -> str | None:
        """Return why the object must not be loaded, None if it may be."""
        rejected, read = verdicts.rejected, verdicts.read
        if rejected and rejected == read:
            if not verdicts.misplaced:
                return f"No row of {item.url} could be read."
            return f"No row of {item.url} could be read and is of the object's own time."
        if rejected > self.rows:
            return f"{item.url}: {rejected} rows were rejected; {self.rows} may be."
        if self.share is not None and rejected > max(_FEW, self.share * read):
            return (
                f"{item.url}: {rejected} of {read} rows were rejected, {rejected / read:.1%};"
                f" {self.share:.1%} may be."
            )
        return None


def refusal(table: str, reason: str, rows: Sequence[Rejected]) -> LoadRefused:
    """Return the error of a load that must not go on; what is known of its rows is logged."""
    log_rejected(rows, logging.ERROR)
    first = f"{FIRST_ROW}{rows[0]}" if rows else ""
    return LoadRefused(f"{table}: nothing was loaded. {reason}{first}")


def log_rejected(rows: Sequence[Rejected], level: int = logging.WARNING) -> None:
    """Show the first rejected rows in the task's log."""
    for row in rows[:_LOGGED]:
        log.log(level, "Rejected: %s", row)
    if len(rows) > _LOGGED:
        log.log(level, "… and %d more", len(rows) - _LOGGED)


def as_json(columns: Sequence[str], row: Sequence[Any]) -> str:
    """Write a row that COPY took: it no longer has the text that it came from."""
    values = {name: value for name, value in zip(columns, row, strict=True) if value is not None}
    return json.dumps(values, default=str, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of the objects of one COPY.

    :param part: the number of their rows among the judged ones.
    :param rejected: the rows that are recorded with their reason.
    :param lines: lines of each object, by its address.
    """

    objects: Sequence[S3Object]
    part: int
    verdicts: Verdicts
    rejected: Sequence[Rejected] = ()
    lines: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        objects = f" ({len(self.objects)} objects)" if len(self.objects) > 1 else ""
        address, verdicts = one_or_several(self.objects), self.verdicts
        return f"{address}{objects}: {verdicts.read} rows: {verdicts}"
