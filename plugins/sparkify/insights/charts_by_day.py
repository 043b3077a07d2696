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
from sparkify.insights.texts import day_name, percent, shown

_POINTS_UP_TO = 100  # days


def stacked_by_day(value: str, *, by: str) -> Spec:
    """A bar a day, of the parts that the column `by` names."""

    def spec(rows: Rows, frame: Frame) -> dict[str, Any]:
        parts = [(row["day"], shown(row[by]), row[value]) for row in rows]
        return _stacked(parts, words(value), frame)

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
    """A line for each column.

    :param columns: the names of the lines.
    """

    def spec(rows: Rows, frame: Frame) -> dict[str, Any]:
        names = [capital(name) for name in columns.values()]
        values = [
            {"at": noon(row["day"]), "value": float(row[column]), "series": capital(name)}
            for column, name in columns.items()
            for row in rows
            if row[column] is not None
        ]
        said = {
            row["day"]: ", ".join(
                f"{shown(row[column])} {name}"
                for column, name in columns.items()
                if row[column] is not None
            )
            for row in rows
        }
        encoding = {
            "x": frame.x_axis(),
            "y": y_axis(values, unit),
            "color": nominal("series", names, SINGLE[: len(names)]),
        }
        dashes = nominal("series", names, ([1, 0], [6, 3], [2, 3])[: len(names)])
        return _lines(values, encoding, frame, said, dashes)

    return spec


def share_by_day(column: str, title: str) -> Spec:
    """A line from 0 to 100 %."""

    def spec(rows: Rows, frame: Frame) -> dict[str, Any]:
        values = [{"at": noon(row["day"]), "value": float(row[column])} for row in rows]
        y = y_axis(values, title) | {"scale": {"domain": [0, 1]}}
        y["axis"] = {"format": ".0%", "tickCount": 4}
        encoding = {"x": frame.x_axis(), "y": y, "color": {"value": SINGLE[0]}}
        return _lines(values, encoding, frame, {row["day"]: percent(row[column]) for row in rows})

    return spec


def _lines(
    values: Rows,
    encoding: Encoding,
    frame: Frame,
    said: Mapping[date, str],
    dashes: Encoding | None = None,
) -> dict[str, Any]:
    """Lines, and over each day an invisible band that has the text of the day."""
    days = [{"at": noon(day), "said": f"{day_name(day)}: {text}"} for day, text in said.items()]
    line: dict[str, Any] = {"type": "line", "aria": False}
    band = {"type": "bar", "width": frame.day, "fill": "currentColor", "fillOpacity": 0}
    if frame.days <= _POINTS_UP_TO:
        line["point"] = {"aria": False, "size": 30}
    return {
        "data": {"values": values},
        "layer": [
            {"mark": line, "encoding": encoding | ({"strokeDash": dashes} if dashes else {})},
            {
                "data": {"values": days},
                "mark": band,
                "encoding": {
                    "x": {"field": "at", "type": "temporal"},
                    "y": {"value": 0},
                    "y2": {"value": "height"},
                    **SAID,
                },
            },
        ],
    }
