"""The pages' appearance (narrow, wide, light, dark, on paper) and accessibility."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.ui.conftest import NARROW, WIDE, Watched

pytestmark = pytest.mark.ui

PATHS = {"insights": "/sparkify/?days=30", "trust": "/sparkify/trust"}
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(20, 23, 27)"
SERIES = {"light": "rgb(31, 111, 209)", "dark": "rgb(99, 164, 244)", "paper": "rgb(31, 111, 209)"}
PAST_THE_EDGE = """
[...document.querySelectorAll("body *")].filter(e =>
    e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, .chart, pre"))
    .map(e => e.outerHTML.slice(0, 120))
"""
BAR = ".chart svg [fill='var(--series-1)']"


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_axe_finds_no_serious_fault(watched: Watched, path: str, scheme: str, width: int):
    page = watched.open(path, scheme=scheme, width=width)
    _unfold(page)
    results = Axe().run(page).response
    faults = [
        f"{rule['id']}: {node['target']}: {node['failureSummary']}"
        for rule in results["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
    assert faults == []
    assert len(results["passes"]) > 15  # axe has run


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_narrow_page_scrolls_only_vertically(watched: Watched, path: str):
    page = watched.open(path, width=NARROW)
    _unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert page.evaluate(PAST_THE_EDGE) == []


def test_the_grid_of_checks_shows_runs_on_a_narrow_screen_too(watched: Watched):
    page = watched.open(PATHS["trust"], width=NARROW)
    row = page.locator(".checks tbody tr").filter(has=page.locator("a")).first
    cell = row.locator("a").first
    cell.scroll_into_view_if_needed()
    expect(cell).to_be_in_viewport()
    name = row.locator("th")
    row.locator("a").last.scroll_into_view_if_needed()
    expect(name).to_be_in_viewport(ratio=0.8)


def test_no_column_of_the_most_played_is_cut_off_on_a_wide_screen(watched: Watched):
    page = watched.open(PATHS["insights"])
    for caption in ("Most played songs", "Most played artists"):
        region = page.get_by_role("region", name=caption, exact=True)
        assert region.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, caption


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize(("scheme", "ground"), [("light", LIGHT), ("dark", DARK)])
def test_the_background_follows_the_systems_scheme(
    watched: Watched, path: str, scheme: str, ground: str
):
    page = watched.open(path, scheme=scheme)
    expect(page.locator("body")).to_have_css("background-color", ground)


def test_charts_follow_the_systems_scheme(watched: Watched):
    page = watched.open(PATHS["insights"])
    bar = page.locator(BAR).first
    for scheme in ("light", "dark", "light"):
        page.emulate_media(color_scheme=scheme)
        expect(bar).to_have_css("fill", SERIES[scheme])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_white_and_shows_whole_tables_without_controls(watched: Watched, scheme: str):
    page = watched.open(PATHS["insights"], scheme=scheme)
    page.emulate_media(media="print", color_scheme=scheme)
    expect(page.locator("body")).to_have_css("background-color", LIGHT)
    expect(page.locator("body")).to_have_css("color", "rgb(0, 0, 0)")
    expect(page.locator(BAR).first).to_have_css("fill", SERIES["paper"])
    for hidden in ("nav", "form.period", "a[download]"):
        expect(page.locator(hidden).first).to_be_hidden()
    songs = page.get_by_role("region", name="Most played songs", exact=True)
    assert songs.evaluate("e => e.scrollHeight - e.clientHeight") <= 1
    assert page.pdf().startswith(b"%PDF")


def _unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
