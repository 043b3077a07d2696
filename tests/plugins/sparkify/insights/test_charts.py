"""The charts: which days they cover, what their marks say, and their colours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from sparkify.insights.answers import Answer
from sparkify.insights.chart_frame import Frame, Spec
from sparkify.insights.charts import NARROW, STYLE, WIDE, drawing, picture
from sparkify.insights.charts_by_category import bars, by_hour, cohorts, funnel, histogram
from sparkify.insights.charts_by_day import (
    lines_by_day,
    share_by_day,
    stacked_by_day,
    stacked_columns_by_day,
)
from sparkify.insights.selection import Selection

NOVEMBER = Selection(date(2018, 11, 1), date(2018, 11, 30))
SVG = "{http://www.w3.org/2000/svg}"


def rows(columns: str, *values: tuple[Any, ...]) -> list[dict[str, Any]]:
    return Answer("n", "?", tuple(columns.split()), values).records()


# For each kind of chart: the spec, an answer, and the first and the last text of its marks.
DAY, MONDAY = date(2018, 11, 2), date(2018, 11, 5)
CASES: dict[str, tuple[Spec, list[dict[str, Any]], str, str]] = {
    "bars by level": (
        stacked_by_day("hours", by="level"),
        rows("day level hours", (DAY, "free", Decimal("3.50")), (MONDAY, "paid", Decimal(1))),
        "2 Nov 2018: 3.5 hours, free",
        "5 Nov 2018: 1 hour, paid",
    ),
    "new and returning": (
        stacked_columns_by_day({"new": "new", "back": "returning"}, "listeners"),
        rows("day new back", (DAY, 1, 1200)),
        "2 Nov 2018: 1 listener, new",
        "2 Nov 2018: 1,200 listeners, returning",
    ),
    "active listeners": (
        lines_by_day({"daily": "daily", "weekly": "weekly"}, "listeners"),
        rows("day daily weekly stickiness", (DAY, 3, 7, Decimal("0.42")), (MONDAY, 4, None, None)),
        "2 Nov 2018: 3 daily, 7 weekly",
        "5 Nov 2018: 4 daily",
    ),
    "share": (
        share_by_day("share", "Plays in the catalogue"),
        rows("day share", (DAY, Decimal("0.4000")), (MONDAY, Decimal("0.0468"))),
        "2 Nov 2018: 40\xa0%",
        "5 Nov 2018: 4.7\xa0%",
    ),
    "hours of a week": (
        by_hour,
        rows("weekday hour plays listeners", (0, 9, 1, 1), (6, 23, 80, 3)),
        "Sunday, 9:00 to 10:00 UTC: 1 play",
        "Saturday, 23:00 to 24:00 UTC: 80 plays",
    ),
    "retention": (
        cohorts,
        rows(
            "cohort_week cohort_listeners week_number listeners share",
            (MONDAY, 10, 0, 10, Decimal(1)),
            (MONDAY, 10, 1, 4, Decimal("0.4")),
        ),
        "Week of 5 Nov 2018, week 0: 10 listeners, 100\xa0%",
        "Week of 5 Nov 2018, week 1: 4 listeners, 40\xa0%",
    ),
    "categories": (
        bars("page", "views"),
        rows("page views", ("NextSong", 6820), (None, 1)),
        "NextSong: 6,820 views",
        "–: 1 view",
    ),
    "shares of categories": (
        bars("gender", "paid_share"),
        rows("gender paid_share", ("F", Decimal("0.4"))),
        "F: 40\xa0%",
        "F: 40\xa0%",
    ),
    "funnel": (
        funnel,
        rows(
            "change step page views listeners share",
            ("upgrade", 1, "Upgrade", 21, 15, Decimal(1)),
            ("upgrade", 2, "Submit Upgrade", 8, 6, Decimal("0.4")),
        ),
        "Upgrade: 21 views by 15 listeners",
        "Submit Upgrade: 8 views by 6 listeners, 40\xa0% of those of the first step",
    ),
    "lengths": (
        histogram("minutes", {"sessions": "app sessions", "visits": "visits"}, x_title="Minutes"),
        rows("minutes_from minutes sessions visits", (0, "under 1", 1, 5), (1, "1 to 5", 2, 9)),
        "under 1: 1 app session",
        "1 to 5: 9 visits",
    ),
}


def titles(svg: str) -> list[str]:
    return [str(title.text) for title in ET.fromstring(svg).iter(f"{SVG}title")]


def texts(svg: str) -> list[str]:
    return [str(text.text) for text in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", CASES)
def test_every_mark_says_its_values_on_a_wide_screen_and_on_a_phone(name):
    spec, answer, first, last = CASES[name]
    drawn = drawing(spec, answer, NOVEMBER)
    for svg, width in ((drawn.wide, WIDE), (drawn.narrow, NARROW)):
        assert (titles(svg)[0], titles(svg)[-1]) == (first, last)
        drawn_width = float(ET.fromstring(svg).attrib["width"])
        assert 0.85 * width < drawn_width < 1.05 * width


@pytest.mark.parametrize("name", CASES)
def test_titles_of_axes_and_names_of_series_begin_with_a_capital_letter(name):
    spec, answer, *_ = CASES[name]
    if name == "lengths":  # its classes are data
        answer = [row | {"minutes": "1"} for row in answer]
    for text in texts(drawing(spec, answer, NOVEMBER).wide):
        assert text[0] == text[0].upper(), text


@pytest.mark.parametrize("name", CASES)
def test_a_chart_uses_only_colours_that_the_page_has_in_light_and_dark(name):
    spec, answer, *_ = CASES[name]
    light, *dark = re.findall(r":root[^{]*\{[^}]*--free[^}]*\}", STYLE.read_text())
    assert len(dark) == 2
    used = set(re.findall(r"var\((--[\w-]+)\)", drawing(spec, answer, NOVEMBER).wide))
    for block in (light, *dark):
        assert used <= set(re.findall(r"(--[\w-]+): #", block))


@pytest.mark.parametrize("name", CASES)
def test_a_chart_in_a_file_has_its_question_real_colours_and_a_white_ground(name):
    spec, answer, first, _ = CASES[name]
    svg = picture(spec, answer, NOVEMBER, "What is <this>?")
    assert "var(" not in svg
    assert "currentColor" not in svg
    assert 'fill="white"' in svg
    assert {"What is <this>?", "2018-11-01 to 2018-11-30"} <= set(texts(svg))
    assert titles(svg)[0] == first


@pytest.mark.parametrize("name", ["bars by level", "active listeners", "share"])
def test_the_days_of_a_chart_are_those_of_the_period_not_those_of_the_data(name):
    spec, answer, *_ = CASES[name]
    labels = texts(drawing(spec, answer, NOVEMBER).wide)
    assert "1 Nov" in labels
    assert "29 Nov" in labels
    year = Selection(date(2017, 12, 1), date(2018, 11, 30))
    labels = texts(drawing(spec, answer, year).wide)
    assert "Dec 2017" in labels
    assert sum(" 20" in label for label in labels) <= 8


@pytest.mark.parametrize("days", [1, 7, 30, 1100])
def test_a_bar_is_never_wider_than_its_day_nor_a_block(days):
    for width in (WIDE, NARROW):
        frame = Frame(date(2018, 1, 1), date(2018, 1, 1) + timedelta(days=days - 1), width)
        assert frame.bar <= min(28, width / days)


def test_levels_have_their_own_colours_whatever_else_is_shown():
    spec, answer, *_ = CASES["bars by level"]
    for shown in (answer, answer[1:], [*answer, answer[0] | {"level": "family"}]):
        svg = drawing(spec, shown, NOVEMBER).wide
        paid = re.search(r'fill="([^"]+)"><title>5 Nov 2018: 1 hour, paid', svg)
        assert paid is not None
        assert paid[1] == "var(--paid)"


def test_the_grid_of_hours_has_a_legend_with_values():
    spec, answer, *_ = CASES["hours of a week"]
    for svg in (drawing(spec, answer, NOVEMBER).wide, drawing(spec, answer, NOVEMBER).narrow):
        assert {"Plays", "0", "40", "80"} <= set(texts(svg))


def test_a_play_without_a_level_is_drawn_too():
    answer = rows("day level hours", (DAY, None, 1), (DAY, "free", 2))
    drawn = drawing(stacked_by_day("hours", by="level"), answer, NOVEMBER)
    assert titles(drawn.wide) == ["2 Nov 2018: 1 hour, –", "2 Nov 2018: 2 hours, free"]


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("a\x01\ufffe\ud800b", "a���b"),  # no XML: the library would end this process
        ("var(--none)", "var(--none)"),
        ('="var(--none)"', '="var(--none)"'),
    ],
)
def test_any_text_of_the_logs_can_be_drawn(text, drawn):
    answer = rows("page views", (text, 1))
    svg = picture(bars("page", "views"), answer, replace(NOVEMBER, location=text), "What?")
    assert titles(svg) == [f"{drawn}: 1 view"]
    assert {drawn, f"2018-11-01 to 2018-11-30, {drawn}"} <= set(texts(svg))


def test_text_of_the_logs_cannot_leave_its_title():
    answer = rows("page views", ("</title><script>alert(1)</script>", 1))
    svg = drawing(bars("page", "views"), answer, NOVEMBER).wide
    assert "<script" not in svg
    assert titles(svg) == ["</title><script>alert(1)</script>: 1 view"]
