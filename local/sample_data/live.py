"""Simulates the app in use: new log lines as time passes, and occasional faults.

Purpose: new data for the hourly runs. ``App`` generates sessions that begin now and last as long as
their songs. ``Landing`` writes them to the bucket: it replaces the day's file by a longer one,
sometimes with a broken line. One day's file arrives late, and some songs are added to the catalogue
after they were played.
"""

from __future__ import annotations

import heapq
import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from local.sample_data.catalogue import Playlist, Song, Track, make_songs
from local.sample_data.listeners import (
    HOUR,
    Audience,
    Line,
    make_listeners,
    play_session,
    random_steps,
)
from local.sample_data.writer import LEAST_LISTENERS, Parameters

SESSIONS_AN_HOUR = 40
BROKEN = '{"artist":"cut off in the mid'
BROKEN_LINES = 1 / 800  # share of all lines
NEW_SONGS = 1 / 60  # share of the calls to `land`


class App:
    """Generates the log lines of listeners, beginning at `start`.

    :param start: epoch milliseconds.
    :param session_id: the first session's id; later ids are larger.
    """

    def __init__(self, start: int, rng: random.Random, *, session_id: int = 1) -> None:
        catalogue = random.Random(Parameters.seed)  # noqa: S311 - the sample data's songs
        self.playlist = Playlist(make_songs(Parameters.songs, catalogue), catalogue)
        self._audience = Audience(make_listeners(LEAST_LISTENERS, start, rng), rng)
        self._rng = rng
        self._session_id = session_id
        self._next_session = start
        self._coming: list[Line] = []

    def lines_until(self, moment: int) -> list[Line]:
        """The lines since the last call, up to `moment`, in order of time."""
        while self._next_session <= moment:
            self._begin_session(self._next_session)
            self._next_session += round(self._rng.expovariate(SESSIONS_AN_HOUR / HOUR)) + 1
        lines = []
        while self._coming and self._coming[0][0] <= moment:
            lines.append(heapq.heappop(self._coming))
        return lines

    def _begin_session(self, at: int) -> None:
        listener = self._audience.pick(at)
        if listener is None:
            return
        size = 1 + min(60, int(self._rng.paretovariate(0.95)))
        steps = random_steps(listener, size, self.playlist, self._rng)
        for line in play_session(listener, self._session_id, at, steps, self._rng):
            heapq.heappush(self._coming, line)
        self._session_id += 1


@dataclass
class Landed:
    """What one call of `Landing.land` wrote."""

    events: int = 0
    broken: int = 0
    files: list[str] = field(default_factory=list)
    song: str | None = None


class Landing:
    """Writes the lines of `app` to a bucket.

    :param s3: a boto3 client.
    :param late: a day whose file arrives late: it is held back until ``release``.
    """

    def __init__(
        self, s3: Any, bucket: str, app: App, rng: random.Random, *, late: date | None = None
    ) -> None:
        self._s3, self._bucket, self._app, self._rng = s3, bucket, app, rng
        self._late = late
        self._lines: dict[date, list[str]] = defaultdict(list)
        self._changed: set[date] = set()
        self._songs = 0

    def take_over(self, day: date) -> None:
        """Continue a day's file that is already in the bucket."""
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=file_of(day))["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return
        self._lines[day] = body.decode().splitlines()

    def land(self, now: int) -> Landed:
        """Write the events up to `now`, in epoch milliseconds."""
        landed = Landed()
        for at, line in self._app.lines_until(now):
            day = datetime.fromtimestamp(at / 1000, UTC).date()
            if self._rng.random() < BROKEN_LINES:
                self._lines[day].append(BROKEN)
                landed.broken += 1
            self._lines[day].append(line)
            self._changed.add(day)
            landed.events += 1
        for day in sorted(self._changed - {self._late}):
            self._put(file_of(day), "\n".join(self._lines[day]))
            landed.files.append(file_of(day))
            self._changed.discard(day)
        if self._rng.random() < NEW_SONGS:
            landed.song = self._add_song()
        return landed

    def release(self) -> str | None:
        """Write the late file; returns its key, or None if there is none."""
        late, self._late = self._late, None
        if late is None or late not in self._changed:
            return None
        self._put(file_of(late), "\n".join(self._lines[late]))
        self._changed.discard(late)
        return file_of(late)

    def _add_song(self) -> str:
        """Add a song to the catalogue that has been played before; returns its title."""
        track = self._rng.choice(self._app.playlist.showcase[-4:])
        self._songs += 1
        song = _song_of(track, f"SOLIVE{self._rng.randrange(16**10):010X}")
        key = f"song_data/L/I/V/{song.track_id(self._songs)}.json"
        self._put(key, song.as_json())
        return song.title

    def _put(self, key: str, text: str) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=text.encode())


def file_of(day: date) -> str:
    """The key of a day's file."""
    return f"log_data/{day:%Y}/{day:%m}/{day:%Y-%m-%d}-events.json"


def _song_of(track: Track, song_id: str) -> Song:
    return Song(
        artist_id=f"AR{song_id[2:]}",
        artist_latitude=None,
        artist_location="",
        artist_longitude=None,
        artist_name=json.loads(track.artist),
        duration=float(track.length),
        num_songs=1,
        song_id=song_id,
        title=str(json.loads(track.title)),
        year=0,
    )
