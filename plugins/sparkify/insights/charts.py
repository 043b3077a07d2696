"""Charts of the answers as SVG, drawn on the server by Vega-Lite.

They are not drawn in the browser, so that a page needs no script and no library, prints as it is,
and the same picture goes into the report. Colours are CSS variables of the page, so a chart follows
dark mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sparkify.insights.answers import Answer

WIDTH, HEIGHT = 640, 200
_SERIES = ["var(--series-1)", "var(--series-2)", "var(--series-3)"]
_WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
_SESSION_STEPS = (1, 2, 5, 10, 20, 50, 100)
_CONFIG = {
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
    "legend": {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "labelFontSize": 12,
        "orient": "top",
    },
}


def charts(answers: dict[str, Answer]) -> dict[str, str]:
    """SVG by the name of the answer that it shows; none for an answer without a row."""
    drawn = {
        "plays_by_day": by_day(
            answers["plays_by_day"].records(), "plays", "level", title="plays a day"
        ),
        "listeners_by_day": by_day(
            _long(answers["listeners_by_day"]), "listeners", "who", title="listeners a day"
        ),
        "plays_by_hour": by_hour(answers["plays_by_hour"]),
        "catalogue_coverage": share_by_day(answers["catalogue_coverage"]),
        "sessions": session_lengths(answers["sessions"]),
    }
    return {name: draw(spec) for name, spec in drawn.items() if answers[name].rows}


def warm_up() -> None:
    """Draw a chart of nothing: the first of a process takes half a second longer."""
    draw({"data": {"values": []}, "mark": "bar"})


def draw(spec: dict[str, Any]) -> str:
    """The SVG of a Vega-Lite specification; sized by the page, not by itself."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(
        {"width": WIDTH, "height": HEIGHT, "config": _CONFIG} | spec, vl_version="6.4"
    )
    head, _, rest = svg.partition(">")
    return f'{head} aria-hidden="true" focusable="false">{rest}'


def by_day(
    records: Sequence[dict[str, Any]], value: str, series: str, *, title: str
) -> dict[str, Any]:
    """Stacked bars, one a day."""
    return {
        "data": {"values": [row | {"day": str(row["day"])} for row in records]},
        "mark": {"type": "bar", "width": {"band": 0.8}},
        "encoding": {
            "x": _days(),
            "y": {"field": value, "type": "quantitative", "title": title, "axis": {"tickCount": 4}},
            "color": {
                "field": series,
                "type": "nominal",
                "title": None,
                "scale": {"range": _SERIES},
            },
        },
    }


def by_hour(answer: Answer) -> dict[str, Any]:
    """A grid of the hours of a week: the darker, the more plays."""
    values = [
        {"weekday": _WEEKDAYS[row["weekday"]], "hour": row["hour"], "plays": row["plays"]}
        for row in answer.records()
    ]
    return {
        "data": {"values": values},
        "mark": {"type": "rect", "fill": "var(--series-1)", "cornerRadius": 2},
        "encoding": {
            "x": {
                "field": "hour",
                "type": "ordinal",
                "title": "hour, UTC",
                "scale": {"domain": list(range(24)), "padding": 0.06},
                "axis": {"labelAngle": 0},
            },
            "y": {
                "field": "weekday",
                "type": "ordinal",
                "title": None,
                "scale": {"domain": _WEEKDAYS, "padding": 0.06},
            },
            "opacity": {
                "field": "plays",
                "type": "quantitative",
                "scale": {"range": [0.12, 1]},
                "legend": None,
            },
        },
    }


def share_by_day(answer: Answer) -> dict[str, Any]:
    """A line, from 0 to 100 %."""
    values = [{"day": str(row["day"]), "share": float(row["share"])} for row in answer.records()]
    return {
        "data": {"values": values},
        "mark": {"type": "line", "point": {"fill": _SERIES[0]}, "stroke": _SERIES[0]},
        "encoding": {
            "x": _days(),
            "y": {
                "field": "share",
                "type": "quantitative",
                "title": "plays in the catalogue",
                "scale": {"domain": [0, 1]},
                "axis": {"format": ".0%", "tickCount": 4},
            },
        },
    }


def session_lengths(answer: Answer) -> dict[str, Any]:
    """Bars: how many sessions had so many plays."""
    counts = dict.fromkeys(_step_names(), 0)
    for row in answer.records():
        counts[_step(row["plays"])] += 1
    return {
        "data": {"values": [{"plays": name, "sessions": n} for name, n in counts.items()]},
        "mark": {"type": "bar", "fill": _SERIES[0]},
        "encoding": {
            "x": {
                "field": "plays",
                "type": "ordinal",
                "sort": None,
                "title": "plays in a session",
                "axis": {"labelAngle": 0},
            },
            "y": {"field": "sessions", "type": "quantitative", "axis": {"tickCount": 4}},
        },
    }


def _long(answer: Answer) -> list[dict[str, Any]]:
    return [
        {"day": row["day"], "who": who, "listeners": int(row[f"{who}_listeners"])}
        for row in answer.records()
        for who in ("new", "returning")
    ]


def _days() -> dict[str, Any]:
    axis = {"format": "%b %-d", "labelOverlap": True, "grid": False}
    return {"field": "day", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": None} | {
        "axis": axis
    }


def _step_names() -> list[str]:
    pairs = pairwise(_SESSION_STEPS)
    names = [str(low) if high == low + 1 else f"{low}–{high - 1}" for low, high in pairs]
    return [*names, f"{_SESSION_STEPS[-1]}+"]


def _step(plays: int) -> str:
    at = max(number for number, low in enumerate(_SESSION_STEPS) if plays >= low)
    return _step_names()[at]
