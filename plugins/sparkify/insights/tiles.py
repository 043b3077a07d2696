"""Headline figures, each with its change to the period before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from sparkify.insights.texts import percent, shown


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of a headline, and how it is shown.

    :param kind: a share is from 0 to 1; its change is in percentage points. The change of a
        count is in per cent, that of minutes in minutes.
    :param of: the column of the whole, of which this column is the part; empty if the column
        is the share itself.
    """

    column: str
    label: str
    kind: Literal["count", "share", "minutes"] = "count"
    of: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """What is shown of a figure; `change` is empty where there is nothing to compare with."""

    label: str
    value: str
    change: str


def tiles(
    figures: Sequence[Figure], now: Mapping[str, Any], before: Mapping[str, Any]
) -> list[Tile]:
    """The figures of a headline and of the headline of the period before."""
    return [
        Tile(figure.label, _text(figure, number := _number(figure, now)),
             _change(figure, number, _number(figure, before)))
        for figure in figures
    ]  # fmt: skip


def _number(figure: Figure, row: Mapping[str, Any]) -> Decimal | None:
    value = row[figure.column]
    if figure.of:
        whole = row[figure.of]
        return Decimal(value or 0) / Decimal(whole) if whole else None
    return None if value is None else Decimal(str(value))


def _text(figure: Figure, value: Decimal | None) -> str:
    match figure.kind:
        case _ if value is None:
            return "–"
        case "share":
            return percent(value)
        case "minutes":
            return f"{value:,.1f}"
        case _:
            return shown(value if value < 100 else round(value))


def _change(figure: Figure, value: Decimal | None, earlier: Decimal | None) -> str:
    if value is None or earlier is None:
        return ""
    if figure.kind == "share":
        return f"{100 * (value - earlier):+.1f} points"
    if figure.kind == "minutes":
        return f"{value - earlier:+.1f} minutes"
    return f"{(value - earlier) / earlier:+.1%}" if earlier else ""
