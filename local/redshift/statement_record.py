"""What clients have sent, word for word: evidence for tests, and for whoever asks what ran."""

from __future__ import annotations

import json
from pathlib import Path


class StatementRecord:
    """Adds statements to a file, a JSON string a line; does nothing without one."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1) if path else None

    def add(self, sql: str) -> None:
        if self._file is not None:
            self._file.write(json.dumps(sql) + "\n")


def read_record(path: Path) -> list[str]:
    """The statements of a file, in the order they came."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
