"""Finds or installs the Chromium for the tests.

`python -m tests.ui.chromium` does this and prints the path. `make test-ui` calls it first.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Chromium makes no requests of its own, and starts without a screen, as root, in a container.
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # Text looks the same on all machines with the same fonts.
    "--lang=en-US",  # dates are written month first
    *("--font-render-hinting=none", "--force-color-profile=srgb"),
)


class NoChromium(RuntimeError):
    """There is no Chromium; the message says how to get one."""


def find() -> str | None:
    """The path of Chromium: from $CHROMIUM, on PATH, or Playwright's own.

    :raises NoChromium: the file in $CHROMIUM does not exist.
    """
    if named := os.environ.get("CHROMIUM"):
        if path := shutil.which(named):
            return path
        raise NoChromium(f"CHROMIUM={named}: no such program")
    return next(filter(None, map(shutil.which, NAMES)), None) or _playwrights_own()


def get() -> str:
    """The path of Chromium, which is installed if necessary.

    :raises NoChromium: there is none, and it cannot be installed.
    """
    if path := find():
        return path
    commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        commands.insert(0, ["apt-get", "install", "-y", "-qq", "chromium"])
    for command in commands:
        sys.stdout.write(f"no Chromium here: {' '.join(command)}\n")
        sys.stdout.flush()
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        if path := find():
            return path
    raise NoChromium(
        "there is no Chromium here, and none could be installed: install one (Debian:"
        f" `apt-get install chromium`) so that one of {', '.join(NAMES)} is on PATH, or say"
        " where it is: CHROMIUM=/path/to/chrome make test-ui"
    )


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    try:
        sys.stdout.write(f"the browser is {get()}\n")
    except NoChromium as error:
        sys.exit(str(error))
