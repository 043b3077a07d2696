"""The page Trust when all is well, when a load was refused, and when late rows wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from playwright.sync_api import expect

from sparkify.insights.reading import Reader
from sparkify.insights.rendering import STATIC, trust_page
from tests.plugins.sparkify.insights.test_trust import AN_HOUR, DAY, KEY, PLAYS
from tests.support.runs import etl_dag, event, put_lines, put_paths, run_dag, song
from tests.ui.conftest import NARROW, WIDE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.ui

# For each state: what the day's file holds when the hour is loaded again, the verdict's class
# and its texts.
STATES: dict[str, tuple[list[Any], str, list[str]]] = {
    "all well": (
        PLAYS,
        "passed",
        ["Complete and checked up to 2018-11-06 00:00:00 UTC."],
    ),
    "refused load": (
        ["{cut"],
        "failed",
        ["Not complete.", "1 load refused or failed: stage_events"],
    ),
    "late rows": (
        [*PLAYS, event("2018-11-05T15:40:00", itemInSession=2)],
        "failed",
        ["Not complete.", "1 late row waits in 1 hour of staging_events"],
    ),
}


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def show(
    request: pytest.FixtureRequest, browser: Browser, s3: Any, bucket: str, warehouse: Any
) -> Iterator[Callable[[list[Any]], Page]]:
    """Loads a day, then one of its hours from a changed file; opens the page."""
    context = browser.new_context(viewport={"width": request.param, "height": 900})

    def open_page(lines: list[Any]) -> Page:
        put_paths(s3, bucket)
        put_lines(s3, bucket, "song_data/1.json", [song("S1")])
        put_lines(s3, bucket, KEY, PLAYS)
        run_dag(etl_dag(), DAY, bucket=bucket)
        put_lines(s3, bucket, KEY, lines)
        with suppress(AirflowFailException):
            run_dag(etl_dag(), AN_HOUR, bucket=bucket)
        html = trust_page(Reader("redshift_default", lambda: (s3, bucket)).trust())
        page = context.new_page()
        page.set_content(html)
        page.add_style_tag(content=(STATIC / "style.css").read_text())
        return page

    yield open_page
    context.close()


@pytest.mark.parametrize("state", STATES)
def test_the_verdict_says_what_stands_in_the_way_and_leads_there(show, state):
    lines, style, texts = STATES[state]
    page = show(lines)
    verdict = page.get_by_role("status")
    expect(verdict).to_have_class(f"verdict {style}")
    for text in texts:
        expect(verdict).to_contain_text(text)
    for link in verdict.get_by_role("link").all():
        link.click()
        section = page.locator(str(link.get_attribute("href")))
        expect(section).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
