"""Does a window have about as many rows as the same time of earlier weeks?

The ledger says how many rows each load kept. An hour is compared with the same hour of the same
weekday in the eight weeks before, and so are the 24 hours up to its end. Few rows are a warning,
because a source may have lost some. Many rows are not: busy hours are normal, and copies of rows
are the concern of other checks.

The rule: a window has too few rows if it has fewer than `limit_of` says. The limit is the median of
the earlier windows less 3.5 times their noise, and at most 60% of the median. The noise is their
MAD (the median distance from the median), scaled to a standard deviation, and at least twice the
square root of the median. Independent events would scatter by one square root; an app's events
come in sessions, and scatter more. So the loss of half of the rows shows from about 200 rows on.

Source of the factor 3.5: Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from statistics import median
from typing import Any

from sparkify.model import StagingTable
from sparkify.quality.checks import CheckResult, Header
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import Window

log = logging.getLogger(__name__)

_WEEKS = 8  # that a window is compared with
_FEWEST_LIKE_WINDOWS = 4
_FACTOR = 3.5
_SESSIONS = 2.0  # how much more an app's events scatter than independent ones
_MOST_OF_MEDIAN = 0.6
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution
_HOUR, _DAY, _WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)

_HEADER = Header(
    rule="The window's hour, and the 24 hours up to its end, have about as many rows as on the same"
    " weekday of the eight weeks before. Of a window that is not one hour, its whole days are"
    " judged.",
    severity="warning",
    means="rows are missing in the files, or people use the app less, as on a holiday.",
    to_do="compare the files with those of the week before, and ask the team that writes them.",
)


class VolumeCheck:
    """A check that compares numbers of staged rows with those of earlier weeks.

    It costs one statement, which reads the ledger of these weeks alone. A window with fewer than
    four similar windows passes.

    :param table: a staging table of a partitioned source.
    """

    severity = _HEADER.severity

    def __init__(self, table: StagingTable) -> None:
        self.table = table
        self.name = f"{table.name}_volume"

    def __repr__(self) -> str:
        return f"VolumeCheck({self.table.name!r})"

    @property
    def sql(self) -> str:
        """The statement that reads the ledger."""
        return statement("plan/rows_of_loads.sql", table=self.table.name)

    def run(self, warehouse: Warehouse, values: Mapping[str, Any]) -> CheckResult:
        """Judge the run's window.

        :returns: one failing row for each hour or day that has too few rows, with the figures.
        """
        window = Window.of_timestamps(values["window_start"], values["window_end"])
        judged = _judged_windows(window)
        if not judged:
            return CheckResult(self.name, _HEADER, 0, [])
        since = judged[0].start - _WEEKS * _WEEK
        rows = warehouse.query(self.sql, {**values, "since": since.replace(tzinfo=None)})
        history = History(
            CountedLoad(int(load_id), Window.of_timestamps(start, end), int(kept))
            for load_id, start, end, kept in rows
        )
        figures = [each for each in map(history.figures_of, judged) if each is not None]
        for each in figures:
            log.info("%s: %s", self.name, each.as_row())
        too_few = [each.as_row() for each in figures if each.rows < each.limit]
        return CheckResult(self.name, _HEADER, len(too_few), too_few)


@dataclass(frozen=True, slots=True)
class CountedLoad:
    """How many rows a load kept of its part of time."""

    load_id: int
    window: Window
    rows: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What a window is judged by: its rows, and those of `like_windows` earlier windows."""

    window: Window
    rows: int
    median: float
    mad: float
    like_windows: int

    @property
    def limit(self) -> float:
        """The smallest number of rows that passes."""
        return limit_of(self.median, self.mad)

    def as_row(self) -> dict[str, Any]:
        """The figures as a row of a check's sample."""
        return {
            "judged": str(self.window),
            "rows": self.rows,
            "median": self.median,
            "mad": self.mad,
            "like_windows": self.like_windows,
            "limit": round(self.limit, 1),
        }


def limit_of(middle: float, mad: float) -> float:
    """The smallest number of rows that passes; see the rule above."""
    noise = max(_MAD_TO_DEVIATION * mad, _SESSIONS * sqrt(middle))
    return max(0.0, min(middle - _FACTOR * noise, _MOST_OF_MEDIAN * middle))


class History:
    """The loads of some weeks."""

    def __init__(self, loads: Iterable[CountedLoad]) -> None:
        self._by_day: dict[Window, list[CountedLoad]] = defaultdict(list)
        for load in loads:
            for day in load.window.partitions("day"):
                self._by_day[day].append(load)

    def figures_of(self, window: Window) -> Figures | None:
        """Compare a window with the same time of earlier weeks.

        None if its own rows are not known, or those of fewer than four earlier weeks.
        """
        rows = self.rows_of(window)
        earlier = [
            Window(window.start - weeks * _WEEK, window.end - weeks * _WEEK)
            for weeks in range(1, _WEEKS + 1)
        ]
        like = [known for known in map(self.rows_of, earlier) if known is not None]
        if rows is None or len(like) < _FEWEST_LIKE_WINDOWS:
            return None
        middle = median(like)
        mad = median(abs(known - middle) for known in like)
        return Figures(window, rows, middle, mad, len(like))

    def rows_of(self, window: Window) -> int | None:
        """The rows of a window, by the loads that lie inside of it; the newest one wins.

        A load of a longer window does not say which of its rows lie in this one, so it does not
        count, even if it is newer.

        :returns: None if the loads do not cover the window.
        """
        inside = {
            load
            for day in window.partitions("day")
            for load in self._by_day.get(day, ())
            if window.contains(load.window)
        }
        newest: list[CountedLoad] = []
        for load in sorted(inside, key=lambda load: load.load_id, reverse=True):
            if not any(load.window.overlaps(other.window) for other in newest):
                newest.append(load)
        covered = sum((load.window.end - load.window.start for load in newest), timedelta())
        return sum(load.rows for load in newest) if covered == window.end - window.start else None


def _judged_windows(window: Window) -> list[Window]:
    """For an hour: itself and the 24 hours up to its end. For another window: its whole days."""
    if window.end - window.start == _HOUR:
        return [window, Window(window.end - _DAY, window.end)]
    return [day for day in window.partitions("day") if window.contains(day)]
