"""The expected content of the tables, computed from the files without the project's code."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.files import files

Row = dict[str, Any]


def expected_counts(folder: Path) -> dict[str, int]:
    """The numbers of rows of the tables with events and songs."""
    events, songs, plays = _events(folder), _songs(folder), _plays(folder)
    return {
        "staging_events": len(events),
        "staging_songs": len(songs),
        "songplays": len(plays),
        "page_views": len(events),
        "users": len({row["userId"] for row in plays}),
        "songs": len({row["song_id"] for row in songs}),
        "artists": len({row["artist_id"] for row in songs}),
        "time": len({row["ts"] for row in plays}),
    }


def expected_tables(folder: Path) -> dict[str, dict[str, str | None]]:
    """Each user's level, and each play's song."""
    levels = {}
    for row in sorted(
        _plays(folder), key=lambda row: (row["ts"], row["sessionId"], row["itemInSession"])
    ):
        levels[row["userId"]] = row["level"]
    catalogue: dict[tuple[Any, ...], str] = {}
    for row in sorted(_songs(folder), key=lambda row: row["song_id"], reverse=True):
        catalogue[row["title"], str(row["artist_name"]), row["duration"]] = row["song_id"]
    songs = {
        f"{row['sessionId']}-{row['itemInSession']}": catalogue.get(
            (row["song"], str(row["artist"]), row["length"])
        )
        for row in _plays(folder)
    }
    return {"users": levels, "songplays": songs}


def _events(folder: Path) -> list[Row]:
    return [
        json.loads(line, parse_float=Decimal)
        for path in files(folder, "log_data/*/*/*.json")
        for line in path.read_text().split("\n")
        if line
    ]


def _plays(folder: Path) -> list[Row]:
    return [row for row in _events(folder) if row["page"] == "NextSong"]


def _songs(folder: Path) -> list[Row]:
    return [
        json.loads(path.read_text(), parse_float=Decimal)
        for path in files(folder, "song_data/**/*.json")
    ]
