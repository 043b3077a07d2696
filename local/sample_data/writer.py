"""Writes the sample data: the songs, then one file of events per day, one day at a time."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from local.sample_data.catalogue import Playlist, Song, make_songs
from local.sample_data.listeners import (
    HOUR,
    LOGGED_OUT,
    Audience,
    Line,
    Listener,
    Step,
    logged_out_line,
    make_listeners,
    milliseconds,
    play_session,
    random_steps,
)

DAY = 24 * HOUR
LEAST_LISTENERS = 96
EVENTS_A_LISTENER_A_DAY = 40  # limited, since a listener has one session at a time
# Weights of the hours (UTC) in which sessions start: daytime in North America.
SESSIONS_BY_HOUR = [
    9,
    7,
    6,
    5,
    4,
    4,
    5,
    5,
    5,
    4,
    6,
    9,
    12,
    15,
    18,
    21,
    22,
    22,
    21,
    19,
    17,
    15,
    12,
    10,
]
WEEKEND = 0.55  # relative to a working day's events
ROUNDS = 6  # attempts per day to reach its share of lines; sessions may find no free listener
DESCRIPTION = ".sample_data.json"
JSON_PATHS = (
    *("artist", "auth", "firstName", "gender", "itemInSession", "lastName", "length", "level"),
    *("location", "method", "page", "registration", "sessionId", "song", "status", "ts"),
    *("userAgent", "userId"),
)


@dataclass(frozen=True)
class Parameters:
    """The parameters that fully determine the data."""

    days: int = 30
    events: int = 8000
    songs: int = 400
    start: str = "2018-11-01"
    seed: int = 1
    version: int = 1  # increase it with every change to the written data


@dataclass(frozen=True)
class Written:
    """The content of the directory; `fresh` is False if it existed before."""

    events: int
    plays: int
    songs: int
    fresh: bool


def write(out: Path, parameters: Parameters) -> Written:
    """Write `log_data/`, `song_data/` and `log_json_path.json` below `out`.

    Does nothing if `out` already has this data.

    :raises FileExistsError: `out` has data that this generator did not write.
    """
    description = out / DESCRIPTION
    wanted = asdict(parameters)
    if description.exists():
        existing = json.loads(description.read_text())
        if existing["parameters"] == wanted:
            return Written(**existing["written"] | {"fresh": False})
        description.unlink()
        for name in ("log_data", "song_data"):
            shutil.rmtree(out / name, ignore_errors=True)
    elif out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} holds data of another origin; give --out an empty directory")

    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(parameters.seed)  # noqa: S311 - it must be predictable
    songs = make_songs(parameters.songs, rng)
    _write_json_paths(out / "log_json_path.json")
    _write_songs(out / "song_data", songs)
    events = plays = 0
    for day, lines in _days(parameters, Playlist(songs, rng), rng):
        path = out / f"log_data/{day:%Y}/{day:%m}/{day:%Y-%m-%d}-events.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines), encoding="ascii")
        events += len(lines)
        plays += sum('"page":"NextSong"' in line for line in lines)
    written = Written(events=events, plays=plays, songs=len(songs), fresh=True)
    description.write_text(json.dumps({"parameters": wanted, "written": asdict(written)}))
    return written


def _write_json_paths(path: Path) -> None:
    lines = ",\n".join(f"        \"$['{name}']\"" for name in JSON_PATHS)
    path.write_text(f'{{\n    "jsonpaths": [\n{lines}\n    ]\n}}')


def _write_songs(folder: Path, songs: list[Song]) -> None:
    made = set()
    for number, song in enumerate(songs):
        track_id = song.track_id(number)
        parent = folder / track_id[2] / track_id[3] / track_id[4]
        if parent not in made:
            parent.mkdir(parents=True, exist_ok=True)
            made.add(parent)
        (parent / f"{track_id}.json").write_text(song.as_json(), encoding="ascii")


def _days(
    parameters: Parameters, playlist: Playlist, rng: random.Random
) -> Iterator[tuple[date, list[str]]]:
    """Each day with events, and its lines in order of time; `parameters.events` lines in total."""
    first = datetime.fromisoformat(parameters.start).replace(tzinfo=UTC)
    start = milliseconds(first)
    dates = [first.date() + timedelta(days=number) for number in range(parameters.days)]
    crowd = parameters.events // (parameters.days * EVENTS_A_LISTENER_A_DAY)
    listeners = make_listeners(max(LEAST_LISTENERS, crowd), start, rng)
    audience = Audience(listeners, rng)
    shares = [WEEKEND if day.weekday() > 4 else 1.0 for day in dates]
    remaining = parameters.events
    session_id = 1
    waiting: dict[int, list[Line]] = defaultdict(list)  # by number of day
    for number, day in enumerate(dates):
        last = number == parameters.days - 1
        midnight = start + number * DAY
        aim = 0 if last else remaining - round(remaining * shares[number] / sum(shares[number:]))
        script = _script(midnight, listeners, playlist) if number == 0 else []
        for _ in range(ROUNDS):
            if remaining <= aim:
                break
            sessions = _sessions(script, midnight, remaining - aim, audience, playlist, rng)
            for begin, listener, steps in sessions:
                for at, line in play_session(listener, session_id, begin, steps, rng):
                    later = (at - start) // DAY
                    if remaining == 0 or later >= parameters.days:
                        break
                    waiting[later].append((at, line))
                    remaining -= 1
                session_id += 1
            script = []
        while last and remaining > 0:  # visitors fill the remaining lines
            at = midnight + rng.randrange(11 * HOUR, DAY)
            waiting[number].append((at, logged_out_line(session_id, 0, at, "Home", "free")))
            remaining -= 1
            session_id += 1
        lines = sorted(waiting.pop(number, []))
        if lines:
            yield day, [line for _, line in lines]


def _sessions(
    script: list[tuple[int, Listener, list[Step]]],
    midnight: int,
    quota: int,
    audience: Audience,
    playlist: Playlist,
    rng: random.Random,
) -> Iterator[tuple[int, Listener, Iterator[Step] | list[Step]]]:
    """The sessions that begin on one day, in order of time, with about `quota` lines in total.

    The scripted sessions come first, so that no listener has two sessions at a time.
    """
    yield from script
    sizes = []
    wanted = quota - sum(len(steps) for _, _, steps in script)
    while wanted > 0:
        size = 60 if rng.random() < 0.05 else 1 + int(rng.paretovariate(0.95))
        sizes.append(min(wanted, size, 100))
        wanted -= sizes[-1]
    hours = rng.choices(range(24), weights=SESSIONS_BY_HOUR, k=len(sizes))
    begins = sorted(midnight + hour * HOUR + rng.randrange(HOUR) for hour in hours)
    for begin, size in zip(begins, sizes, strict=True):
        listener = audience.pick(begin)
        if listener is not None:
            yield begin, listener, random_steps(listener, size, playlist, rng)


def _script(
    midnight: int, listeners: list[Listener], playlist: Playlist
) -> list[tuple[int, Listener, list[Step]]]:
    """Scripted sessions of the first day, for cases that random ones might not produce."""
    changing, mis_decoded_name, visitor, owl = listeners[:4]
    short = sorted(playlist.showcase, key=lambda track: track.milliseconds)
    level_changes: list[Step] = [short[0], "Downgrade", "Submit Downgrade", short[1]]
    level_changes += ["Upgrade", "Submit Upgrade", short[2]]
    pages: list[Step] = ["Home", "Help", "Error", "Logout", LOGGED_OUT + "Home"]
    return [
        (midnight + 15 * HOUR + 60_123, changing, level_changes),
        (midnight + 10 * HOUR + 300_456, visitor, pages),
        (midnight + 15 * HOUR + 60_123, visitor, [short[0]]),  # at the same moment as another
        (midnight + 13 * HOUR + 47 * 60_000, mis_decoded_name, ["Home", *playlist.showcase]),
        (midnight + 23 * HOUR + 40 * 60_000, owl, ["Home", *playlist.showcase[:12]]),
    ]
