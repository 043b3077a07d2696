"""Takes the pictures of docs/images from the sample data: `make screenshots`."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from local.stack.airflow_api import AirflowApi
from local.stack.demo import ETL_DAG
from local.stack.lifecycle import say
from local.stack.settings import REPOSITORY, Settings
from tests.ui.driving import chromium
from tests.ui.filled_stack import FIRST, LAST, filled_stack, load

IMAGES = REPOSITORY / "docs" / "images"
WIDTH, GRAPH_HEIGHT, COLOURS = 1280, 660, 128
LARGEST = 250 * 1024  # bytes per picture, so that the README loads fast


def take(settings: Settings, browser: Browser, images: Path = IMAGES) -> None:
    """Take all pictures. A picture that is too large is an error.

    Timestamps and run ids in them are those of this run.
    """
    # Last, since its window covers all data.
    run_id = load(AirflowApi(settings.ui_url), FIRST, LAST)
    pictures: dict[str, tuple[str, str, int, Callable[[Page], int]]] = {
        # For each picture: the page, its scheme, the window's height, and an action that prepares
        # the page and returns the height of the picture.
        "graph": (f"/dags/{ETL_DAG}/runs/{run_id}", "light", GRAPH_HEIGHT, _show_graph),
        "insights": ("/sparkify/", "light", 900, _down_to_the_songs),
        "insights-dark": ("/sparkify/", "dark", 900, _down_to_the_songs),
        "listeners": ("/sparkify/listeners", "light", 900, _down_to_the_session_lengths),
        "trust": ("/sparkify/trust", "light", 900, _unfold_rejected),
    }
    images.mkdir(parents=True, exist_ok=True)
    for name, (path, scheme, height, prepare) in pictures.items():
        context = browser.new_context(
            base_url=settings.ui_url,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": WIDTH, "height": height},
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
        )
        page = context.new_page()
        page.goto(path)
        shown = prepare(page)
        taken = page.screenshot(
            full_page=shown > height, clip={"x": 0, "y": 0, "width": WIDTH, "height": shown}
        )
        context.close()
        file = images / f"{name}.png"
        size = _write(taken, file)
        say(f"  {file.relative_to(REPOSITORY)}  {WIDTH}x{shown}  {size / 1024:.0f} KB")
        assert size <= LARGEST, f"{file} has {size:,} bytes, more than {LARGEST:,}"


def _show_graph(page: Page) -> int:
    state = page.get_by_test_id("header-card").get_by_test_id("state-badge")
    expect(state).to_have_text("Success", timeout=15_000)
    page.get_by_role("button", name="Show Graph").click()
    page.get_by_role("button", name="Collapse Details Panel").click()
    page.wait_for_timeout(1000)  # wait until the panel is folded and the graph is drawn
    page.get_by_role("button", name="Fit View").click()
    page.wait_for_timeout(1500)
    expect(page.get_by_text("check_quality").first).to_be_visible()
    page.mouse.move(WIDTH / 2, 5)
    return GRAPH_HEIGHT


def _down_to_the_songs(page: Page) -> int:
    return _bottom(page, "section[aria-labelledby=most_played_songs-heading]")


def _down_to_the_session_lengths(page: Page) -> int:
    return _bottom(page, "section[aria-labelledby=session_lengths-heading]")


def _unfold_rejected(page: Page) -> int:
    page.get_by_text("Rejected rows, the newest first").click()
    return _bottom(page, "main section:last-of-type")


def _bottom(page: Page, selector: str) -> int:
    box = page.locator(selector).bounding_box()
    assert box is not None
    above: int = page.evaluate("scrollY")
    return round(above + box["y"] + box["height"] + 16)


def _write(png: bytes, file: Path) -> int:
    """Write a picture with a palette, enough for text and flat colours; returns its size."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    return file.stat().st_size


if __name__ == "__main__":
    with filled_stack() as stack, chromium() as started:
        take(stack, started)
