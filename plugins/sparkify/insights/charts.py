"""Charts as SVG, drawn on the server by Vega-Lite from specifications.

They are not drawn in the browser, so that a page needs no library, prints as it is, and the same
picture goes into the report. Colours are CSS variables of the page, so a chart follows dark mode.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sparkify.insights.chart_frame import Frame, Rows, Spec, inner_width
from sparkify.insights.charts_by_day import lines_by_day, stacked_by_day
from sparkify.insights.selection import Selection

STYLE = Path(__file__).parent / "static" / "style.css"
WIDE, NARROW = 640, 310  # pixels; a phone of 360 has 310 for a chart
_HEIGHT = 165  # of what is inside the axes
# Text is laid out larger than it is shown: the reader's font may be wider than that measured here.
_MEASURED_FONT, _SHOWN_FONT = 14, 12
_CONFIG = {
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "padding": 4,
    "axis": {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": _MEASURED_FONT,
        "titleFontSize": _MEASURED_FONT,
        "titleFontWeight": "normal",
    },
    "legend": {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "labelFontSize": _MEASURED_FONT,
        "titleFontSize": _MEASURED_FONT,
        "titleFontWeight": "normal",
        "orient": "top",
    },
    "text": {"fill": "currentColor", "fontSize": _MEASURED_FONT},
    "title": {"color": "currentColor", "anchor": "start", "subtitleColor": "currentColor"},
}
# A mark whose text is given by the channel `description`. Axes and legends are groups.
_MARK = re.compile(
    r'<path aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="[^"]*"([^>]*)/>'
)
_LONG_NUMBER = re.compile(r"(\.\d\d)\d+")  # a hundredth of a pixel is enough
_COLOUR = re.compile(r'(?<==")(?:var\(--([\w-]+)\)|currentColor)(?=")')
# XML cannot have these characters, and the library ends the process if a text has one.
_NOT_XML = re.compile("[^\t\n\r\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart, drawn for a wide screen and for a phone."""

    wide: str
    narrow: str


def drawing(spec: Spec, rows: Rows, selection: Selection) -> Drawing:
    """A chart for a page."""
    wide, narrow = (
        _inside_a_page(_draw(spec(rows, Frame(selection.first, selection.last, width)), width))
        for width in (WIDE, NARROW)
    )
    return Drawing(wide, narrow)


def picture(spec: Spec, rows: Rows, selection: Selection, title: str) -> str:
    """A chart that is a file of its own: with a title, on white, in the colours of light mode."""
    drawn = spec(rows, Frame(selection.first, selection.last, WIDE))
    heading = {"text": title, "subtitle": str(selection), "offset": 12}
    svg = _draw(drawn | {"background": "white", "title": heading}, WIDE)
    colours = _light_colours()
    svg = _COLOUR.sub(lambda found: colours.get(found[1] or "text", found[0]), svg)
    return _with_titles(svg)


def warm_up() -> None:
    """Draw two charts of made-up plays: the first ones of a process take twice as long."""
    month = Selection(date(2018, 11, 1), date(2018, 11, 30))
    days = [month.first + timedelta(days=number) for number in range(month.days)]
    plays = [{"day": day, "level": "free", "plays": day.day} for day in days]
    for spec in (stacked_by_day("plays", by="level"), lines_by_day({"plays": "plays"}, "plays")):
        drawing(spec, plays, month)


def _draw(spec: dict[str, Any], width: int) -> str:
    import vl_convert

    size = {"width": inner_width(width), "height": _HEIGHT, "config": _CONFIG}
    svg: str = vl_convert.vegalite_to_svg(_without_bad_characters(size | spec), vl_version="6.4")
    svg = svg.replace(f'font-size="{_MEASURED_FONT}px"', f'font-size="{_SHOWN_FONT}px"')
    return _LONG_NUMBER.sub(r"\1", svg)


def _without_bad_characters(part: Any) -> Any:
    match part:
        case str():
            return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", part)
        case dict():
            return {key: _without_bad_characters(value) for key, value in part.items()}
        case list() | tuple():
            return [_without_bad_characters(value) for value in part]
        case _:
            return part


def _inside_a_page(svg: str) -> str:
    """The figure around it has the text for screen readers."""
    head, _, rest = svg.partition(">")
    return f'{head} aria-hidden="true" focusable="false">{_with_titles(rest)}'


def _with_titles(svg: str) -> str:
    """Give each mark its text as a title, which browsers show over the mark."""
    return _MARK.sub(r"<path\2><title>\1</title></path>", svg)


@cache
def _light_colours() -> dict[str, str]:
    """The variables of the style's first block, which is that of light mode."""
    block, _, _ = STYLE.read_text().partition("}")
    return dict(re.findall(r"--([\w-]+): (#\w+);", block))
