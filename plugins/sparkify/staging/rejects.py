"""Rows that a load rejects: with their reasons, and within a budget."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sparkify.failures import LoadRefused
from sparkify.sources import S3Object

log = logging.getLogger(__name__)

SECOND_OF_KEY = "another row has the same key, and was loaded"
_FEW = 10  # rows that may be rejected whatever their share: of a handful it says nothing
_LOGGED = 20  # rejected rows that a log shows
_MOST_ERRORS = 100_000  # of MAXERROR, which is one more: Redshift's manual, "Data load operations"


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that was not loaded, and why."""

    object_key: str
    line: int | None
    column: str
    code: int | None
    reason: str
    raw_text: str = ""

    def __str__(self) -> str:
        line = f" line {self.line}" if self.line else ""
        column = f" column {self.column}" if self.column else ""
        return f"{self.object_key}{line}{column}: {self.reason}: {self.raw_text[:200]}"


@dataclass(frozen=True, slots=True)
class Budget:
    """The rows that one load may reject: so many, and such a share of those read.

    :param rows: the most rows, below 100,000.
    :param share: the largest share, from 0 to 1, once there are more than ten; None sets no
        such limit.
    """

    rows: int = 100
    share: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.rows < _MOST_ERRORS:
            raise ValueError(f"a budget of {self.rows} rows: MAXERROR of COPY goes to 100,000")
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError(f"a budget of {self.share} of the rows: a share is from 0 to 1")


@dataclass(slots=True)
class Rejects:
    """What one load of `table` has rejected so far."""

    table: str
    budget: Budget
    rows: list[Rejected] = field(default_factory=list)

    def left(self) -> int:
        """How many more rows may be rejected."""
        return self.budget.rows - len(self.rows)

    def limited(self, select: str, count: int) -> str:
        """A SELECT of `count` rows to be rejected, cut short where they are too many anyway."""
        return select if count <= self.left() else f"{select}\nlimit {_LOGGED}"

    def add(
        self,
        rows: Sequence[Sequence[Any]],
        *,
        count: int,
        columns: Sequence[str],
        objects: Sequence[S3Object],
        column: str,
        reason: str,
    ) -> None:
        """Reject `count` rows of `objects` that COPY took, for `reason`.

        :raises LoadRefused: that is more than may be; `rows` need not be all of them then.
        """
        total = len(self.rows) + count
        self.rows += [
            Rejected(one_or_several(objects), None, column, None, reason, _as_json(columns, row))
            for row in rows
        ]
        if total > self.budget.rows:
            self.refuse(f"{total} rows were rejected; {self.budget.rows} may be.")

    def check(self, read: int) -> None:
        """Fail where they are too large a share of the rows `read`.

        :raises LoadRefused: so they are.
        """
        rejected, share = len(self.rows), self.budget.share
        if share is not None and rejected > max(_FEW, share * read):
            self.refuse(
                f"{rejected} of {read} rows were rejected, {rejected / read:.1%};"
                f" {share:.1%} may be."
            )

    def refuse(self, reason: str) -> NoReturn:
        """Fail, with what is known of the rows in the log.

        :raises LoadRefused: always.
        """
        self._log(logging.ERROR)
        first = f" The first: {self.rows[0]}" if self.rows else ""
        raise LoadRefused(f"{self.table}: nothing was loaded. {reason}{first}")

    def warn(self) -> None:
        """Put them in the log of a load that goes on."""
        self._log(logging.WARNING)

    def _log(self, level: int) -> None:
        for row in self.rows[:_LOGGED]:
            log.log(level, "Rejected: %s", row)
        if len(self.rows) > _LOGGED:
            log.log(level, "… and %d more", len(self.rows) - _LOGGED)


def one_or_several(objects: Sequence[S3Object]) -> str:
    """The address of the only object, or what is common to those of several."""
    urls = [item.url for item in objects]
    return urls[0] if len(urls) == 1 else f"{os.path.commonprefix(urls)}*"  # noqa: RUF071 - a key has no parts


def _as_json(columns: Sequence[str], row: Sequence[Any]) -> str:
    """A row that COPY took: it no longer has the text that it came from."""
    values = {name: value for name, value in zip(columns, row, strict=True) if value is not None}
    return json.dumps(values, default=str, ensure_ascii=False)
