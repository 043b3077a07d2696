"""The pages' appearance (narrow, wide, light, dark, on paper) and accessibility."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.ui.conftest import NARROW, WIDE, Watched

pytestmark = pytest.mark.ui

PATHS = {
    "listening": "/sparkify/?days=30",
    "listeners": "/sparkify/listeners?days=30",
    "catalogue": "/sparkify/catalogue?days=30",
    "trust": "/sparkify/trust",
}
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(20, 23, 27)"
FREE = {"light": "rgb(31, 111, 209)", "dark": "rgb(99, 164, 244)", "paper": "rgb(31, 111, 209)"}
PAST_THE_EDGE = """
[...document.querySelectorAll("body *")].filter(e =>
    e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, pre"))
    .map(e => e.outerHTML.slice(0, 120))
"""
BAR = ".chart .wide svg [fill='var(--free)']"


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
    page = watched.open(PATHS["listening"])
    for question in ("Which songs are played most?", "Which artists are played most"):
        region = page.get_by_role("group", name=f"Table: {question}")
        assert region.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, question


def test_a_phone_shows_the_plays_of_songs_without_scrolling(watched: Watched):
    page = watched.open(PATHS["listening"], width=NARROW)
    region = page.get_by_role("group", name="Table: Which songs are played most?")
    for cell in (
        region.locator("thead th").all() + region.locator("tbody tr").first.locator("td").all()
    ):
        box = cell.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= NARROW
    assert region.evaluate("e => e.scrollWidth - e.clientWidth") <= 0


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_table_that_is_wider_than_the_screen_says_so(watched: Watched, path: str, width: int):
    page = watched.open(path, width=width)
    _unfold(page)
    page.wait_for_function(
        """() => [...document.querySelectorAll(".scroll")].every(
            e => e.classList.contains("wider") === e.scrollWidth > e.clientWidth + 1)"""
    )
    assert page.locator(".scroll").count() > 0
    if path == PATHS["trust"] and width == NARROW:
        hint = "getComputedStyle(document.querySelector('.wider'), '::before').content"
        assert "Scroll sideways" in page.evaluate(hint)


@pytest.mark.parametrize("path", [path for name, path in PATHS.items() if name != "trust"])
def test_a_phone_has_its_own_charts_with_readable_letters(watched: Watched, path: str):
    page = watched.open(path, width=NARROW)
    for figure in page.locator("figure").all():
        expect(figure.locator(".wide")).to_be_hidden()
        drawing = figure.locator(".narrow svg")
        expect(drawing).to_be_visible()
        assert (
            drawing.evaluate("e => e.getBoundingClientRect().width / e.viewBox.baseVal.width") > 0.9
        )


def test_what_was_loaded_last_takes_one_line_a_row(watched: Watched):
    page = watched.open(PATHS["trust"])
    row = page.get_by_role("group", name="Table: Last loads").locator("tbody tr").first
    box = row.bounding_box()
    assert box is not None
    assert box["height"] < 32


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize(("scheme", "ground"), [("light", LIGHT), ("dark", DARK)])
def test_the_background_follows_the_systems_scheme(
    watched: Watched, path: str, scheme: str, ground: str
):
    page = watched.open(path, scheme=scheme)
    expect(page.locator("body")).to_have_css("background-color", ground)


def test_charts_follow_the_systems_scheme(watched: Watched):
    page = watched.open(PATHS["listening"])
    bar = page.locator(BAR).first
    for scheme in ("light", "dark", "light"):
        page.emulate_media(color_scheme=scheme)
        expect(bar).to_have_css("fill", FREE[scheme])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_white_and_shows_whole_tables_without_controls(watched: Watched, scheme: str):
    page = watched.open(PATHS["listening"], scheme=scheme)
    page.emulate_media(media="print", color_scheme=scheme)
    expect(page.locator("body")).to_have_css("background-color", LIGHT)
    expect(page.locator("body")).to_have_css("color", "rgb(0, 0, 0)")
    expect(page.locator(BAR).first).to_have_css("fill", FREE["paper"])
    for hidden in ("nav", "form.period", "a[download]"):
        expect(page.locator(hidden).first).to_be_hidden()
    songs = page.get_by_role("group", name="Table: Which songs are played most?")
    assert songs.evaluate("e => e.scrollHeight - e.clientHeight") <= 1
    assert page.pdf().startswith(b"%PDF")


def _unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
