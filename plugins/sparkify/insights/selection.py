"""What a page covers: a span of days, and which listeners."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

DEFAULT_DAYS = 30
_MOST_DAYS = 1100  # three years: more would be a report of its own
_DAY = timedelta(days=1)


class InvalidSelection(ValueError):
    """The period or a filter is invalid; the message says what was given."""


@dataclass(frozen=True, slots=True)
class Available:
    """What can be selected: days up to the newest play, and the levels and locations of plays."""

    last_day: date
    levels: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """From the `first` day to the `last`, both included, in UTC.

    :param level: the level at the time of the event; empty for all.
    :param location: as the app logs it; empty for all.
    """

    first: date
    last: date
    level: str = ""
    location: str = ""

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise InvalidSelection(f"the first day, {self.first}, is after the last, {self.last}")
        if self.days > _MOST_DAYS:
            raise InvalidSelection(f"{self.days} days are too many; {_MOST_DAYS} are possible")

    def __str__(self) -> str:
        return ", ".join(filter(None, (f"{self.first} to {self.last}", self.level, self.location)))

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def bindings(self) -> dict[str, datetime | str]:
        """The values of `%(period_start)s`, `%(period_end)s` (excluded) and of the filters."""
        return {
            "period_start": datetime.combine(self.first, time()),
            "period_end": datetime.combine(self.last + _DAY, time()),
            "level": self.level,
            "location": self.location,
        }

    def before(self) -> Selection:
        """The same filters over as many days, which end where these begin."""
        width = timedelta(days=self.days)
        return replace(self, first=self.first - width, last=self.last - width)

    def filters(self) -> dict[str, str]:
        """The filters that are set."""
        return {name: value for name in ("level", "location") if (value := getattr(self, name))}

    def query(self) -> str:
        """The query string of a link to it."""
        return urlencode({"first": self.first, "last": self.last, **self.filters()})

    def preset(self, days: int) -> str:
        """The query string of a link to the last `days` days with the same filters."""
        return urlencode({"days": days, **self.filters()})


def last_days(last_day: date, days: int = DEFAULT_DAYS) -> Selection:
    """The last days that have data."""
    return Selection(last_day - (days - 1) * _DAY, last_day)


def asked_selection(
    asked: Mapping[str, str | None], days: int | None, available: Available
) -> Selection:
    """What a request asks for: its days as `first` and `last`, else as `days`, else the default.

    :raises InvalidSelection: a day is missing or no date, the period is reversed or too long, or
        no play has the level or the location.
    """
    first, last = asked.get("first"), asked.get("last")
    level, location = asked.get("level") or "", asked.get("location") or ""
    _check("level", level, available.levels)
    _check("location", location, available.locations)
    if not first and not last:
        selection = last_days(available.last_day, days or DEFAULT_DAYS)
    elif not first or not last:
        raise InvalidSelection("a period needs its first day and its last, or neither")
    else:
        selection = Selection(_day(first), _day(last))
    return replace(selection, level=level, location=location)


def _check(name: str, value: str, known: Collection[str]) -> None:
    if value and value not in known:
        raise InvalidSelection(f"no play has the {name} {value[:60]!r}")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidSelection(f"{text[:40]!r} is not a date: write it as 2018-11-01") from None
    if not 1970 <= day.year < 2200:
        raise InvalidSelection(f"{day} is not between 1970 and 2199")
    return day
