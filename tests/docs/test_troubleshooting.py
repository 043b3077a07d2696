"""The messages in docs/troubleshooting.md are those of the code."""

from __future__ import annotations

import re

import pytest

from tests.support.files import files
from tests.support.runs import ROOT

PAGE = ROOT / "docs" / "troubleshooting.md"
# Messages from Redshift, drivers, the shell and CloudFormation.
FOREIGN = (
    ".venv/bin/python: not found",
    'relation "staging_events" does not exist',
    'column "…" of relation "…" does not exist',
    "certificate verify failed",
    "S3ServiceException",
    "Invalid digit",
    "1023 …",
    "stack … is UPDATE_ROLLBACK_COMPLETE",
)
# The variable parts of a message.
_VARIABLE = re.compile(
    r"…|s3://\S+|\([\w ]+…?\)|[\d.,%]+|\([a-z_, ]+\)|\bstaging_\w+|\buser_id\b|\bsparkify_\w+|'\w*'"
)
_WARNED = re.compile(r"(\w+) warned: …")


def messages() -> list[str]:
    """The message of each row: its first code span, or the reason that a task is skipped."""
    texts = []
    for row in re.findall(r"^\| (.+?) \| ", PAGE.read_text(), re.MULTILINE):
        spans = re.findall(r"`([^`]+)`", row)
        if row.startswith("`"):
            texts.append(spans[-1] if "is skipped" in row else spans[0])
    return texts


def source() -> str:
    """The code, with string literals that span lines joined."""
    paths = [path for name in ("plugins", "local") for path in files(ROOT / name, "**/*.py")]
    text = "\n".join(path.read_text() for path in paths) + (ROOT / "Makefile").read_text()
    return re.sub(r'"\s*\\?\s*f?"', "", text)


SOURCE = source()
OURS = [text for text in messages() if not text.startswith(FOREIGN)]


@pytest.mark.parametrize("message", OURS)
def test_each_message_of_the_page_is_in_the_code(message: str):
    if warned := _WARNED.fullmatch(message):
        checks = {path.stem for path in files(ROOT / "include" / "sql" / "quality", "*.sql")}
        suffix = warned[1].removeprefix("staging_events")
        assert warned[1] in checks or suffix in SOURCE
        return
    parts = [part.strip(" .,:;") for part in _VARIABLE.split(message)]
    words = max(parts, key=len)
    assert len(words) > 5, f"{message}: nothing to look for"
    assert words in SOURCE, words


def test_most_messages_are_looked_for():
    assert len(OURS) > 20
