"""The span of days that the insights cover, and the span before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

DEFAULT_DAYS = 30
_MOST_DAYS = 1100  # three years: more would be a report of its own
_DAY = timedelta(days=1)


class InvalidPeriod(ValueError):
    """A period that cannot be: the message says what was given."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the `first` day to the `last`, both included, in UTC."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise InvalidPeriod(f"the first day, {self.first}, is after the last, {self.last}")
        if self.days > _MOST_DAYS:
            raise InvalidPeriod(f"{self.days} days are asked for; {_MOST_DAYS} may be")

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def bindings(self) -> dict[str, datetime | str]:
        """The values of `%(period_start)s` and `%(period_end)s`, the latter excluded."""
        return {
            "period_start": datetime.combine(self.first, time()),
            "period_end": datetime.combine(self.last + _DAY, time()),
            "level": "",
            "location": "",
        }

    def before(self) -> Period:
        """The period of as many days that ends where this one begins."""
        width = timedelta(days=self.days)
        return Period(self.first - width, self.last - width)


def default_period(last_day: date) -> Period:
    """The last 30 days that have data."""
    return Period(last_day - (DEFAULT_DAYS - 1) * _DAY, last_day)


def asked_period(asked: Mapping[str, str | None], last_day: date) -> Period:
    """What `first` and `last` say, as 2018-11-01; where both are empty, the default.

    :raises InvalidPeriod: one is no day, or alone, or they make no period.
    """
    first, last = asked.get("first"), asked.get("last")
    if not first and not last:
        return default_period(last_day)
    if not first or not last:
        raise InvalidPeriod("a period needs its first day and its last, or neither")
    return Period(_day(first), _day(last))


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidPeriod(f"{text[:40]!r} is no day: write it as 2018-11-01") from None
    if not 1970 <= day.year < 2200:
        raise InvalidPeriod(f"{day} is not between 1970 and 2199")
    return day
