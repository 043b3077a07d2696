"""One stack and one browser for all tests, and a watched page for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from local.stack.settings import Settings

# Without requirements-ui.lock there is no browser, and `make test` skips these tests.
collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py"]

WIDE, NARROW = 1280, 360


@pytest.fixture(scope="session")
def stack() -> Iterator[Settings]:
    from tests.ui.filled_stack import filled_stack

    with filled_stack() as settings:
        yield settings


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from tests.ui.driving import chromium

    with chromium() as started:
        yield started


@dataclass
class Watched:
    """Records the unwanted behaviour of a test's pages."""

    base_url: str
    new_context: Callable[..., BrowserContext]
    left_the_machine: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(
        self, path: str, *, scheme: str = "light", width: int = WIDE, height: int = 900
    ) -> Page:
        context = self.new_context(
            base_url=self.base_url,
            color_scheme=scheme,
            viewport={"width": width, "height": height},
            locale="en-GB",
            timezone_id="UTC",
        )
        context.on("request", lambda request: self._note_request(request.url))
        context.on("console", self._note_message)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        page = context.new_page()
        page.goto(path)
        return page

    def _note_request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss"):
            if parts.hostname not in ("127.0.0.1", "localhost"):
                self.left_the_machine.append(url)
        elif parts.scheme not in ("data", "blob", "about", "file"):
            self.left_the_machine.append(url)

    def _note_message(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location['url']})")


@pytest.fixture
def watched(stack: Settings, browser: Browser) -> Iterator[Watched]:
    """Opens pages. Fails at the end if one contacted another machine or logged an error."""
    contexts: list[BrowserContext] = []

    def new_context(**options: Any) -> BrowserContext:
        contexts.append(browser.new_context(**options))
        contexts[-1].set_default_timeout(15_000)
        return contexts[-1]

    watched = Watched(stack.ui_url, new_context)
    try:
        yield watched
    finally:
        for context in contexts:
            context.close()
    assert watched.left_the_machine == []
    assert watched.complaints == []
