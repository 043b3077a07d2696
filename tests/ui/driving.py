"""Starts Chromium for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.ui.chromium import ARGUMENTS, NoChromium, find

# Whoever asks for another machine is recorded, and gets none.
_NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium, until the block ends."""
    path = find()
    if path is None:
        raise NoChromium("no Chromium: `make test-ui` gets one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, _NOWHERE])
        try:
            yield browser
        finally:
            browser.close()
