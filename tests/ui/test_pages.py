"""The pages themselves: a period, tables, a download; by mouse and by keyboard."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.conftest import NARROW, Watched

pytestmark = pytest.mark.ui

FOCUSED = "document.activeElement"
OUTLINE = f"getComputedStyle({FOCUSED}).outlineStyle + getComputedStyle({FOCUSED}).outlineWidth"


def test_a_period_of_the_form_is_shown(watched: Watched):
    page = watched.open("/sparkify/")
    before = _plays(page)
    page.get_by_label("First day").fill("2018-11-05")
    page.get_by_label("Last day").fill("2018-11-07")
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_text("2018-11-05 to 2018-11-07, days in UTC")).to_be_visible()
    expect(page.get_by_label("First day")).to_have_value("2018-11-05")
    assert 0 < _plays(page) < before
    assert len(_column(_table(page, "How does listening change over time, by level?"), 0)) == 6
    expect(page.get_by_text("from the 3 days before").first).to_be_visible()


def test_filters_narrow_the_figures_and_stay_from_tab_to_tab(watched: Watched):
    page = watched.open("/sparkify/")
    before = _plays(page)
    place = page.get_by_role("combobox", name="Location").locator("option").nth(1).inner_text()
    page.get_by_role("combobox", name="Level").select_option("paid")
    page.get_by_role("combobox", name="Location").select_option(place)
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".note")).to_contain_text(f"level paid, location {place}")
    assert _plays(page) < before

    for tab in ("Listeners", "Trust", "Catalogue", "Listening"):
        page.get_by_role("navigation").get_by_role("link", name=tab, exact=True).click()
        expect(page.get_by_role("link", name=tab, exact=True)).to_have_attribute(
            "aria-current", "page"
        )
        if tab != "Trust":
            expect(page.get_by_role("combobox", name="Location")).to_have_value(place)
    page.get_by_role("link", name="7 days", exact=True).click()
    expect(page.get_by_role("combobox", name="Level")).to_have_value("paid")


def test_a_mark_says_its_values_at_once_under_the_mouse_and_when_tapped(watched: Watched):
    page = watched.open("/sparkify/?first=2018-11-01&last=2018-11-30")
    tip = page.locator(".tip")
    expect(tip).to_be_hidden()
    page.locator(".wide [fill='var(--paid)'][data-tip]").first.hover()
    expect(tip).to_have_text(re.compile(r"^1 Nov 2018: [\d.]+ hours, paid$"))
    page.mouse.move(2, 2)
    expect(tip).to_be_hidden()

    page.set_viewport_size({"width": NARROW, "height": 800})
    page.locator(".narrow [fill='var(--free)'][data-tip]").first.dispatch_event("pointerdown")
    expect(tip).to_have_text(re.compile(r"^1 Nov 2018: [\d.]+ hours, free$"))
    box = tip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= NARROW


def test_a_chart_can_be_saved_as_a_picture(watched: Watched, tmp_path: Path):
    page = watched.open("/sparkify/?first=2018-11-05&last=2018-11-07")
    with page.expect_download() as download:
        page.get_by_role("link", name="SVG of How does listening change").click()
    path = tmp_path / "chart.svg"
    download.value.save_as(path)
    assert "2018-11-05 to 2018-11-07" in path.read_text()
    page.goto(path.as_uri())
    free = page.locator("[fill='#1f6fd1']").first
    expect(free).to_be_visible()


@pytest.mark.parametrize(
    ("preset", "shown"),
    [("7 days", "2018-11-24 to 2018-11-30"), ("365 days", "2017-12-01 to 2018-11-30")],
)
def test_a_preset_counts_back_from_the_newest_play(watched: Watched, preset: str, shown: str):
    page = watched.open("/sparkify/")
    page.get_by_role("link", name=preset, exact=True).click()
    expect(page.get_by_text(shown)).to_be_visible()


def test_a_period_that_ends_before_it_begins_is_refused_with_a_message(watched: Watched):
    page = watched.open("/sparkify/")
    page.get_by_label("First day").fill("2018-11-09")
    page.get_by_label("Last day").fill("2018-11-07")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("is after the last")
    # The browser itself logs an answer of 400.
    assert len(watched.complaints) == 1
    watched.complaints.clear()


def test_a_click_on_a_heading_sorts_and_another_turns_it_round(watched: Watched):
    page = watched.open("/sparkify/")
    table = _table(page, "Which artists are played most")
    plays = table.get_by_role("columnheader", name="Plays")
    as_served = _numbers(table, 2)

    plays.get_by_role("button").click()
    expect(plays).to_have_attribute("aria-sort", "ascending")
    assert _numbers(table, 2) == sorted(as_served)
    plays.get_by_role("button").click()
    expect(plays).to_have_attribute("aria-sort", "descending")
    assert _numbers(table, 2) == sorted(as_served, reverse=True)

    artist = table.get_by_role("columnheader", name="Artist")
    artist.get_by_role("button").click()
    expect(plays).to_have_attribute("aria-sort", "none")
    names = [name for name in _column(table, 0) if name.isascii()]
    assert names == sorted(names, key=str.casefold)


def test_the_file_holds_the_rows_of_the_table(watched: Watched, tmp_path: Path):
    page = watched.open("/sparkify/?first=2018-11-05&last=2018-11-07")
    table = _table(page, "Where do people listen")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV of Where do people listen").click()
    path = tmp_path / "file.csv"
    download.value.save_as(path)

    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header[:3] == ["location", "plays", "listeners"]
    shown = list(zip(_column(table, 0), _numbers(table, 1), _numbers(table, 2), strict=True))
    assert len(shown) > 10
    assert [(place, int(plays), int(who)) for place, plays, who, *_ in rows][: len(shown)] == shown


def test_the_keyboard_alone_reaches_and_works_all_of_it(watched: Watched):
    page = watched.open("/sparkify/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()

    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(OUTLINE) == "solid2px", page.evaluate(f"{FOCUSED}.outerHTML")
        seen.append(page.evaluate(f"{FOCUSED}.getAttribute('name') || {FOCUSED}.innerText.trim()"))
        if seen[-1] == "Artist":
            break
    # Day, month and year are separate tab stops.
    order = [name for number, name in enumerate(seen) if name not in seen[:number]]
    assert order[:13] == [
        *("Listening", "Listeners", "Catalogue", "Trust"),
        *("first", "last", "level", "location", "Show"),
        *("7 days", "30 days", "90 days", "365 days"),
    ]
    assert order[-1] == "Artist"

    heading = _table(page, "Which songs are played most?").get_by_role(
        "columnheader", name="Artist"
    )
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("Space")
    expect(heading).to_have_attribute("aria-sort", "descending")


def test_the_skip_link_passes_over_header_and_navigation(watched: Watched):
    page = watched.open("/sparkify/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("First day")).to_be_focused()


def test_the_form_can_be_filled_and_sent_by_keyboard(watched: Watched):
    page = watched.open("/sparkify/")
    page.get_by_label("First day").focus()
    page.keyboard.type("11052018")
    page.get_by_label("Last day").focus()
    page.keyboard.type("11072018")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2018-11-05 to 2018-11-07, days in UTC")).to_be_visible()


def test_trust_shows_what_failed_what_warned_and_the_rejected_lines(watched: Watched):
    page = watched.open("/sparkify/trust")
    grid = page.get_by_role("table", name="Checks by run")
    assert len(grid.get_by_role("row").all()) > 25
    level = grid.get_by_role("row").filter(has_text="songplays_level")
    expect(level.locator(".failed")).to_have_text("✗")
    expect(grid.get_by_role("link", name="no_rows_rejected, warned, 3 rows").first).to_be_visible()

    reasons = _numbers(_table(page, "Reasons of rejected rows"), 3)
    assert sum(reasons) == 3
    page.get_by_text("Rejected rows, the newest first").click()
    lines = _table(page, "Rejected rows").locator("tbody tr")
    expect(lines).to_have_count(3)
    expect(lines.first).to_be_visible()
    page.get_by_text("songplays_level: 4 rows").click()
    expect(page.get_by_text("level: family").first).to_be_visible()


def _table(page: Page, caption: str) -> Locator:
    group = page.get_by_role("group", name=f"Table: {caption}", include_hidden=True)
    return group.first.locator("table")  # the first of those that begin with it


def _column(table: Locator, number: int) -> list[str]:
    return [
        text.strip()
        for text in table.locator(f"tbody tr > :nth-child({number + 1})").all_text_contents()
    ]


def _numbers(table: Locator, number: int) -> list[int]:
    return [int(text.replace(",", "")) for text in _column(table, number)]


def _plays(page: Page) -> int:
    tile = page.locator(".tile").filter(has_text="Plays").first
    return int(tile.locator(".value").inner_text().replace(",", ""))
