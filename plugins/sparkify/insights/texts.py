"""Values as people read them: numbers, shares, moments, ages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any


def shown(value: Any, column: str = "") -> str:
    """A value of a table; a share of 0.4 as `40 %`."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int() | float() | Decimal() if is_share(column):
            return percent(value)
        case int():
            return f"{value:,}"
        case float() | Decimal():
            return _short(f"{value:,.2f}")
        case datetime():
            return moment(value)
        case _:
            return str(value)


def is_share(column: str) -> bool:
    """Whether a column's values are parts of one, by its name."""
    return column in ("share", "stickiness") or column.endswith("_share")


def percent(share: float | Decimal) -> str:
    """`40 %`, with a decimal where there is one, and a space that does not break."""
    return f"{_short(f'{100 * share:.1f}')}\N{NO-BREAK SPACE}%"


def _short(number: str) -> str:
    return number.rstrip("0").rstrip(".")


def day_name(day: date) -> str:
    """`1 Nov 2018`."""
    return f"{day.day} {day:%b %Y}"


def moment(value: datetime | None) -> str:
    """A moment in UTC, to the second."""
    return "–" if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


def minute(value: datetime) -> str:
    """A moment in UTC, to the minute."""
    return f"{value:%Y-%m-%d %H:%M}"


def ago(age: Any) -> str:
    """How long ago: in minutes, hours or days."""
    if age is None:
        return "never"
    seconds = max(0, age.total_seconds())
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= unit:
            count = int(seconds // unit)
            return f"{count:,} {name}{'' if count == 1 else 's'} ago"
    return "just now"
