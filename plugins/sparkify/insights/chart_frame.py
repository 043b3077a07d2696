"""What all charts share: the days that they cover, colours, axes, and texts of marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sparkify.insights.texts import shown

Rows = Sequence[Mapping[str, Any]]
Encoding = dict[str, Any]

# Of charts without series, and of series that have no colour of their own.
SINGLE = ("var(--single)", "var(--single-2)", "var(--single-3)")
# These have the same colour in all charts.
COLOURS = {name: f"var(--{name})" for name in ("free", "paid", "new", "returning")}
# The field `said` of a mark's data becomes its title.
SAID: Encoding = {"description": {"field": "said", "type": "nominal"}}
_WIDEST_BAR = 28
_MONTHS_FROM = 90  # days: with more, the axis names months


@dataclass(frozen=True, slots=True)
class Frame:
    """The days that a chart covers, and its width in pixels."""

    first: date
    last: date
    width: int

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def narrow(self) -> bool:
        return self.width < 400

    @property
    def day(self) -> float:
        """The width of a day, about."""
        return inner_width(self.width) / self.days

    @property
    def bar(self) -> float:
        """The width of a day's bar; narrow ones have no gap between them."""
        return min(_WIDEST_BAR, 0.8 * self.day) if self.day > 4 else self.day

    def x_axis(self) -> Encoding:
        """The axis of days, from the first to the last, with or without data."""
        half_a_day = 12 * 3600 * 1000
        return {
            "field": "at",
            "type": "temporal",
            "title": None,
            "scale": {
                "type": "utc",
                "domain": [noon(self.first) - half_a_day, noon(self.last) + half_a_day],
            },
            "axis": {
                "values": [noon(day) for day in self._named_days()],
                "format": "%b %Y" if self.days > _MONTHS_FROM else "%-d %b",
                "grid": False,
                "labelOverlap": False,
            },
        }

    def _named_days(self) -> list[date]:
        days = [self.first + timedelta(days=number) for number in range(self.days)]
        most = 4 if self.narrow else 9
        if self.days > _MONTHS_FROM:
            days = [day for day in days if day.day == 1]
            most -= 1  # a year is longer than a number of a day
        return days[:: -(-len(days) // most)]


def inner_width(width: int, *labels: str) -> float:
    """What is left of a width beside an axis with these labels, or with numbers.

    Vega-Lite can compute it, but then takes a quarter longer.
    """
    return width - 12 - max((8 * len(label) for label in labels), default=52)


Spec = Callable[[Rows, Frame], dict[str, Any]]


def y_axis(values: Rows, title: str) -> Encoding:
    """The axis of the field `value`, with whole numbers where all are."""
    axis: dict[str, Any] = {"tickCount": 4}
    if all(float(row["value"]).is_integer() for row in values):
        axis["labelExpr"] = "datum.value % 1 ? '' : format(datum.value, ',')"
    return {"field": "value", "type": "quantitative", "title": capital(title), "axis": axis}


def nominal(field: str, names: Sequence[str], values: Sequence[Any]) -> Encoding:
    """A channel that shows each of the names by one of the values."""
    scale = {"domain": list(names), "range": list(values)}
    return {"field": field, "type": "nominal", "title": None, "scale": scale}


def colours_of(series: Sequence[str]) -> Encoding:
    """Series with a colour of their own, in the order of COLOURS, then the others."""
    known = [name for name in COLOURS if name in series]
    others = sorted(set(series) - set(known))
    colours = [*(COLOURS[name] for name in known), *SINGLE[: len(others)]]
    return nominal("series", [capital(name) for name in (*known, *others)], colours)


def noon(day: date) -> int:
    """Milliseconds: Vega-Lite reads a text in the time zone of the machine."""
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)


def amount(value: Any, unit: str) -> str:
    """`220 plays`, `1 play`."""
    return f"{shown(value)} {unit.removesuffix('s') if value == 1 else unit}"


def words(column: str) -> str:
    return column.replace("_", " ")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
