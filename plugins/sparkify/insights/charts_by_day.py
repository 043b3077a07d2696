"""Specifications of charts over time: bars and lines by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sparkify.insights.chart_frame import (
    SAID,
    SINGLE,
    Encoding,
    Frame,
    Rows,
    Spec,
    amount,
    capital,
    colours_of,
    nominal,
    noon,
    words,
    y_axis,
)
from sparkify.insights.texts import day_name, percent


def stacked_by_day(value: str, *, by: str) -> Spec:
    """A bar a day, of the parts that the column `by` names."""

    def spec(rows: Rows, frame: Frame) -> dict[str, Any]:
        return _stacked([(row["day"], row[by], row[value]) for row in rows], words(value), frame)

    return spec


def stacked_columns_by_day(columns: Mapping[str, str], unit: str) -> Spec:
    """A bar a day, with a part for each column.

    :param columns: the names of the parts.
    """

    def spec(rows: Rows, frame: Frame) -> dict[str, Any]:
        parts = [(row["day"], name, row[at]) for row in rows for at, name in columns.items()]
        return _stacked(parts, unit, frame)

    return spec


def _stacked(parts: Sequence[tuple[date, str, Any]], unit: str, frame: Frame) -> dict[str, Any]:
    values = [
        {"at": noon(day), "value": float(value), "series": capital(name),
         "said": f"{day_name(day)}: {amount(value, unit)}, {name}"}
        for day, name, value in parts
        if value
    ]  # fmt: skip
    return {
        "data": {"values": values},
        "mark": {"type": "bar", "width": frame.bar},
        "encoding": {
            "x": frame.x_axis(),
            "y": y_axis(values, unit),
            "color": colours_of([name for _, name, _ in parts]),
            **SAID,
        },
    }


def lines_by_day(columns: Mapping[str, str], unit: str) -> Spec:
    """A line for each column."""

    def spec(rows: Rows, frame: Frame) -> dict[str, Any]:
        names = [capital(name) for name in columns.values()]
        values = [
            {"at": noon(row["day"]), "value": float(row[column]), "series": capital(name),
             "said": f"{day_name(row['day'])}: {amount(row[column], unit)}, {name}"}
            for column, name in columns.items()
            for row in rows
            if row[column] is not None
        ]  # fmt: skip
        colours = SINGLE[: len(names)]
        encoding = {
            "x": frame.x_axis(),
            "y": y_axis(values, unit),
            "color": nominal("series", names, colours),
            "strokeDash": nominal("series", names, ([1, 0], [6, 3], [2, 3])[: len(names)]),
        }
        return _line_with_points(values, encoding, frame)

    return spec


def share_by_day(column: str, title: str) -> Spec:
    """A line from 0 to 100 %."""

    def spec(rows: Rows, frame: Frame) -> dict[str, Any]:
        values = [
            {"at": noon(row["day"]), "value": float(row[column]),
             "said": f"{day_name(row['day'])}: {percent(row[column])}"}
            for row in rows
        ]  # fmt: skip
        y = y_axis(values, title) | {"scale": {"domain": [0, 1]}}
        y["axis"] = {"format": ".0%", "tickCount": 4}
        encoding = {"x": frame.x_axis(), "y": y, "color": {"value": SINGLE[0]}}
        return _line_with_points(values, encoding, frame)

    return spec


def _line_with_points(values: Rows, encoding: Encoding, frame: Frame) -> dict[str, Any]:
    """The points have a wide invisible edge, which makes them easy to hit."""
    size = 16 if frame.days > 100 else 36
    still = {name: value for name, value in encoding.items() if name != "strokeDash"}
    return {
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "line", "aria": False}, "encoding": encoding},
            {
                "mark": {"type": "point", "filled": True, "size": size, "opacity": 1,
                         "stroke": "currentColor", "strokeWidth": 10, "strokeOpacity": 0},
                "encoding": still | SAID,
            },
        ],
    }  # fmt: skip
