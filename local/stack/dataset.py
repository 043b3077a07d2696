"""Remembers between starts which data the bucket and the warehouse contain.

Purpose: the warehouse keeps its rows when the bucket gets other data. The stack therefore stores
the directory from which the bucket was filled, and the keys, to detect rows in the warehouse whose
objects no longer exist.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local import s3
from local.stack.settings import Settings

EVENTS_FILE = re.compile(r"log_data/(\d{4})/(\d\d)/(\d{4}-\d\d-\d\d)-events\.json")


@dataclass(frozen=True)
class Dataset:
    """A data directory and the keys of its files."""

    directory: Path
    keys: frozenset[str]

    @classmethod
    def scan(cls, directory: Path) -> Dataset:
        """Read the keys of a directory.

        :raises DataDirectoryError: it does not have the layout of Sparkify's source.
        """
        return cls(directory.resolve(), frozenset(s3.data_files(directory)))

    def window(self) -> tuple[datetime, datetime]:
        """The time from the first day with a file of events to the end of the last one.

        :raises DataDirectoryError: there is none.
        """
        matches = (EVENTS_FILE.fullmatch(key) for key in self.keys)
        days = sorted(
            datetime.fromisoformat(match[3]).replace(tzinfo=UTC) for match in matches if match
        )
        if not days:
            raise s3.DataDirectoryError(
                f"{self.directory} has no log_data/YYYY/MM/YYYY-MM-DD-events.json"
            )
        return days[0], days[-1] + timedelta(days=1)


def remember(settings: Settings, dataset: Dataset) -> None:
    stored = {"directory": str(dataset.directory), "keys": sorted(dataset.keys)}
    _path(settings).write_text(json.dumps(stored))


def remembered(settings: Settings) -> Dataset | None:
    """The data set of the last upload; None if there was none."""
    try:
        stored = json.loads(_path(settings).read_text())
        return Dataset(Path(stored["directory"]), frozenset(stored["keys"]))
    except (OSError, ValueError, KeyError):
        return None


def replaces(new: Dataset, old: Dataset | None) -> bool:
    """Whether tables loaded from `old` have rows that a load of `new` would not remove."""
    return old is not None and (new.directory != old.directory or not old.keys <= new.keys)


def _path(settings: Settings) -> Path:
    return settings.state_dir / "dataset.json"
