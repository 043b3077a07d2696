"""Starts Chromium for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.ui.chromium import ARGUMENTS, NoChromium, find

# Requests to other machines are recorded and blocked.
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
