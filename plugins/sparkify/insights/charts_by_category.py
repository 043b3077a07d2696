"""Specifications of charts by category: grids, horizontal bars, funnels and histograms."""

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
    inner_width,
    nominal,
    words,
    y_axis,
)
from sparkify.insights.texts import day_name, is_share, percent, shown

_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_ROW = 26  # pixels of a horizontal bar, or of a line of a grid


def by_hour(rows: Rows, frame: Frame) -> dict[str, Any]:
    """A grid of the hours of a week: the darker, the more plays."""
    names = [name[:3] if frame.narrow else name for name in _WEEKDAYS]
    values = [
        {"x": row["hour"], "y": names[row["weekday"]], "value": row["plays"],
         "said": f"{_WEEKDAYS[row['weekday']]}, {row['hour']}:00 to {row['hour'] + 1}:00 UTC:"
                 f" {amount(row['plays'], 'plays')}"}
        for row in rows
    ]  # fmt: skip
    hours = {"values": list(range(0, 24, 6 if frame.narrow else 2)), "labelOverlap": False}
    return _grid(
        values,
        frame,
        x=("Hour, UTC", list(range(24)), hours),
        y=(None, names),
        legend={"title": "Plays", "tickCount": 4},
    )


def cohorts(rows: Rows, frame: Frame) -> dict[str, Any]:
    """A grid of the weeks after the first one: the darker, the more of a cohort are still here."""
    weeks = sorted({row["cohort_week"] for row in rows})
    shares = [0, 0.5, 1] if frame.narrow else [0, 0.25, 0.5, 0.75, 1]
    numbers = list(range(max((row["week_number"] for row in rows), default=0) + 1))
    values = [
        {"x": row["week_number"], "y": _short_day(row["cohort_week"]), "value": float(row["share"]),
         "said": f"Week of {day_name(row['cohort_week'])}, week {row['week_number']}:"
                 f" {amount(row['listeners'], 'listeners')}, {percent(row['share'])}"}
        for row in rows
    ]  # fmt: skip
    return _grid(
        values,
        frame,
        x=("Weeks after the first", numbers, {"values": numbers[:: len(numbers) // 12 + 1]}),
        y=("First week", [_short_day(week) for week in weeks]),
        legend={
            "title": "Still here",
            "format": ".0%",
            "values": shares,
        },
        domain=[0, 1],
    ) | {"height": 10 + (_ROW if len(weeks) < 20 else _ROW // 2) * len(weeks)}


def _grid(
    values: Rows,
    frame: Frame,
    *,
    x: tuple[str, Sequence[Any], dict[str, Any]],
    y: tuple[str | None, Sequence[str]],
    legend: dict[str, Any],
    domain: Sequence[float] = (),
) -> dict[str, Any]:
    """Squares whose opacity shows a value, and a legend with values.

    A colour scale is not possible, since the colours are variables of the page.
    """
    x_title, columns, x_axis = x
    y_title, lines = y
    square = {"symbolType": "square", "symbolFillColor": SINGLE[0], "symbolSize": 160,
              "symbolStrokeColor": "transparent"}  # fmt: skip
    return {
        "width": inner_width(frame.width - (20 if y_title else 0), *lines),
        "data": {"values": values},
        "mark": {"type": "rect", "fill": SINGLE[0]},
        "encoding": {
            "x": {"field": "x", "type": "ordinal", "title": x_title,
                  "scale": {"domain": columns, "padding": 0.06},
                  "axis": {"labelAngle": 0, "ticks": False, "domain": False, **x_axis}},
            "y": {"field": "y", "type": "ordinal", "title": y_title,
                  "scale": {"domain": lines, "padding": 0.06},
                  "axis": {"ticks": False, "domain": False}},
            "opacity": {"field": "value", "type": "quantitative",
                        "scale": {"range": [0.1, 1], "domainMin": 0}
                        | ({"domain": domain} if domain else {}),
                        "legend": square | legend},
            **SAID,
        },
    }  # fmt: skip


def bars(category: str, value: str, *, most: int = 15) -> Spec:
    """Horizontal bars with their values, in the order of the answer."""

    def spec(rows: Rows, frame: Frame) -> dict[str, Any]:
        values = [
            {"name": shown(row[category]), "value": float(row[value]),
             "label": shown(row[value], value), "said": f"{shown(row[category])}: "
             + (percent(row[value]) if is_share(value) else amount(row[value], words(value)))}
            for row in rows[:most]
        ]  # fmt: skip
        return _horizontal(values, frame)

    return spec


def funnel(rows: Rows, frame: Frame) -> dict[str, Any]:
    """A bar for the listeners of each step, with their share of those of the first step."""
    values = []
    for row in rows:
        first = row["step"] == 1
        part = "" if first or row["share"] is None else percent(row["share"])
        values.append(
            {
                "name": row["page"],
                "value": float(row["listeners"]),
                "label": shown(row["listeners"]) + (f" ({part})" if part else ""),
                "said": f"{row['page']}: {amount(row['views'], 'views')} by"
                f" {amount(row['listeners'], 'listeners')}"
                + (f", {part} of those of the first step" if part else ""),
            }
        )
    return _horizontal(values, frame)


def _horizontal(values: Rows, frame: Frame) -> dict[str, Any]:
    names = [row["name"] for row in values]
    most = 14 if frame.narrow else 30  # letters; to cut a text, Vega-Lite measures many
    short = f"length(datum.label) > {most} ? slice(datum.label, 0, {most}) + '…' : datum.label"
    room = {"labelExpr": short, "labelLimit": 0, "ticks": False, "domain": False}
    largest = max((row["value"] for row in values), default=0) or 1
    return {
        "width": inner_width(frame.width, *(name[:most] for name in names)),
        "height": 16 + _ROW * max(1, len(names)),
        "data": {"values": values},
        "encoding": {
            "y": {"field": "name", "type": "nominal", "sort": names, "title": None, "axis": room},
            # Room at the right for the longest label, which a phone has less of.
            "x": {"field": "value", "type": "quantitative", "axis": None,
                  "scale": {"domain": [0, largest * (1.7 if frame.narrow else 1.25)]}},
        },
        "layer": [
            {"mark": {"type": "bar", "fill": SINGLE[0], "height": {"band": 0.7}},
             "encoding": SAID},
            {"mark": {"type": "text", "align": "left", "dx": 5, "aria": False},
             "encoding": {"text": {"field": "label"}}},
        ],
    }  # fmt: skip


def histogram(label: str, columns: Mapping[str, str], *, x_title: str) -> Spec:
    """Bars by classes, which have the order of the answer; beside one another if several columns.

    :param columns: the names of the series.
    """

    def spec(rows: Rows, frame: Frame) -> dict[str, Any]:
        classes = [row[label] for row in rows]
        names = [capital(name) for name in columns.values()]
        values = [
            {"class": row[label], "value": float(row[column]), "series": capital(name),
             "said": f"{row[label]}: {amount(row[column], name)}"}
            for row in rows
            for column, name in columns.items()
        ]  # fmt: skip
        crowded = 9 * len(classes) * max(map(len, classes), default=0) > frame.width
        colours: Encoding = {"color": {"value": SINGLE[0]}}
        if len(names) > 1:
            colours = {
                "xOffset": {"field": "series", "sort": names},
                "color": nominal("series", names, SINGLE[: len(names)]),
            }
        x = {"field": "class", "type": "ordinal", "sort": classes, "title": x_title,
             "axis": {"labelAngle": -45 if crowded else 0}}  # fmt: skip
        unit = "Number" if len(names) > 1 else names[0]
        return {
            "data": {"values": values},
            "mark": "bar",
            "encoding": {"x": x, "y": y_axis(values, unit), **SAID, **colours},
        }

    return spec


def _short_day(day: date) -> str:
    return f"{day.day} {day:%b %y}"
