"""The half-open window `[start, end)` of event time that a run loads.

Plain Python; it imports nothing of Airflow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

PartitionUnit = Literal["hour", "day", "month"]

YEARS = range(1970, 2200)  # beyond them is a slip of the keyboard
_BEGINNING, _END = (datetime(year, 1, 1, tzinfo=UTC) for year in (YEARS.start, YEARS.stop))
_MOST_PARTITIONS = 2000  # each is looked for in S3, and copied, by itself
_LONGEST = timedelta(days=2000)  # that one run loads


class InvalidWindow(ValueError):
    """A window that cannot be: the message says what was given."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `start`, included, to `end`, excluded; both aware, in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise InvalidWindow(f"window {self.start} to {self.end} has no time zone")
        if not all(_BEGINNING <= edge <= _END for edge in (self.start, self.end)):
            raise InvalidWindow(f"window {self} is not between {YEARS.start} and {YEARS.stop}")
        if self.start >= self.end:
            raise InvalidWindow(f"window_start {self.start} is not before window_end {self.end}")

    def __str__(self) -> str:
        return f"{_short(self.start)} to {_short(self.end)}"

    @classmethod
    def of_timestamps(cls, start: datetime, end: datetime) -> Window:
        """The window between two values of TIMESTAMP, which has no zone and is in UTC."""
        return cls(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))

    def bindings(self) -> dict[str, datetime]:
        """The values of `%(window_start)s` and `%(window_end)s`; TIMESTAMP has no zone."""
        return {
            "window_start": self.start.astimezone(UTC).replace(tzinfo=None),
            "window_end": self.end.astimezone(UTC).replace(tzinfo=None),
        }

    def partitions(self, unit: PartitionUnit) -> Iterator[Window]:
        """The whole hours, days or months, in UTC, that the window touches, in order.

        :raises InvalidWindow: there are more than 2,000 of them.
        """
        start = _floor(self.start.astimezone(UTC), unit)
        for _ in range(_MOST_PARTITIONS):
            end = _next(start, unit)
            yield Window(start, end)
            start = end
            if start >= self.end:
                return
        raise InvalidWindow(
            f"window {self} has more than {_MOST_PARTITIONS} {unit}s: load it in several runs"
        )

    def overlaps(self, other: Window) -> bool:
        """Whether the windows have any time in common."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Window) -> bool:
        """Whether all of the other window is in this one."""
        return self.start <= other.start and other.end <= self.end

    def overlap(self, other: Window) -> Window:
        """What two windows that overlap have in common."""
        return Window(max(self.start, other.start), min(self.end, other.end))


ALL_TIME = Window(_BEGINNING, _END)


def joined(windows: Iterable[Window]) -> list[Window]:
    """Windows that are in order, those that touch as one."""
    spans: list[Window] = []
    for window in windows:
        if spans and spans[-1].end == window.start:
            spans[-1] = Window(spans[-1].start, window.end)
        else:
            spans.append(window)
    return spans


def covered_span(windows: Sequence[Window]) -> Window | None:
    """The one window that windows, in order of their starts, cover; None where there are gaps."""
    if not windows:
        return None
    start, end = windows[0].start, windows[0].end
    for window in windows[1:]:
        if window.start > end:
            return None
        end = max(end, window.end)
    return Window(start, end)


def resolve_window(
    params: Mapping[str, Any],
    *,
    interval: tuple[datetime, datetime] | None,
    run_after: datetime,
    otherwise: Window | None = None,
) -> Window:
    """The window of a run: from its parameters, else its interval, else the last full hour.

    :param params: `window_start` and `window_end`, both or neither, as ISO 8601; a time
        without a zone is in UTC.
    :param interval: of a scheduled or backfill run. One of no width is none.
    :param run_after: when the run was due; the same for each task of a run and each try.
    :param otherwise: the window of a run whose parameters name none.
    :raises InvalidWindow: the parameters make no window, or one of more than 2,000 days.
    """
    if otherwise and not (params.get("window_start") or params.get("window_end")):
        return otherwise
    window = _resolve(params, interval, run_after)
    if window.end - window.start > _LONGEST:
        raise InvalidWindow(
            f"window {window} is longer than {_LONGEST.days:,} days: load it in several runs,"
            " or check window_start and window_end for a wrong year"
        )
    return window


def _resolve(
    params: Mapping[str, Any], interval: tuple[datetime, datetime] | None, run_after: datetime
) -> Window:
    start, end = params.get("window_start"), params.get("window_end")
    if start and end:
        return Window(_parse(start, "window_start"), _parse(end, "window_end"))
    if start or end:
        given, lacking = ("window_start", "window_end") if start else ("window_end", "window_start")
        raise InvalidWindow(f"{given} was given without {lacking}: give both, or neither")
    if interval is not None and interval[0] < interval[1]:
        return Window(*interval)
    last = _floor(run_after.astimezone(UTC), "hour")
    return Window(last - timedelta(hours=1), last)


def _parse(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text).strip())
    except ValueError:
        raise InvalidWindow(
            f"{name} {text!r} is no time in ISO 8601, such as 2018-11-01T00:00:00Z"
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _floor(moment: datetime, unit: PartitionUnit) -> datetime:
    moment = moment.replace(minute=0, second=0, microsecond=0)
    if unit == "hour":
        return moment
    moment = moment.replace(hour=0)
    return moment if unit == "day" else moment.replace(day=1)


def _next(moment: datetime, unit: PartitionUnit) -> datetime:
    if unit == "month":
        return (moment + timedelta(days=32)).replace(day=1)
    return moment + (timedelta(hours=1) if unit == "hour" else timedelta(days=1))


def _short(moment: datetime) -> str:
    whole = not (moment.second or moment.microsecond)
    text = moment.astimezone(UTC).isoformat(timespec="minutes" if whole else "milliseconds")
    return text.replace("+00:00", "Z")


def now() -> datetime:
    """The time in UTC, for a TIMESTAMP, which has no zone."""
    return datetime.now(UTC).replace(tzinfo=None)
