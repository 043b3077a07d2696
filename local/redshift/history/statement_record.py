"""A file of clients' statements exactly as sent, except for credentials."""

from __future__ import annotations

import json
import re
from pathlib import Path

# Options of a COPY, which the endpoint refuses.
_CREDENTIALS = re.compile(
    r"\b(access_key_id|secret_access_key|session_token|master_symmetric_key|credentials)"
    r"(\s+as)?\s*'(?:[^'\\]|''|\\.)*'?",
    re.IGNORECASE | re.DOTALL,
)


def without_credentials(sql: str) -> str:
    return _CREDENTIALS.sub(r"\1 '***'", sql)


class StatementRecord:
    """Appends statements to a file, one JSON string per line; does nothing without a file."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1) if path else None

    def add(self, sql: str) -> None:
        if self._file is not None:
            self._file.write(json.dumps(without_credentials(sql)) + "\n")


def read_record(path: Path) -> list[str]:
    """The statements of a file, in the order in which they arrived."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
