"""Listeners and their sessions.

Purpose: convert a session's start and steps to log lines, in the app's exact format.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from local.sample_data.catalogue import Playlist, Track, encode
from local.sample_data.words import (
    FIRST_NAMES,
    LAST_NAMES,
    TOWNS,
    USER_AGENTS,
    mis_decoded,
)

HOUR = 3_600_000  # milliseconds
PAID_SHARE = 0.23
MAINTENANCE_HOUR = 9  # UTC: there are no events
PLAYERLESS_HOUR = 10  # UTC: there are events, but no plays

# The method and status that the app logs for each page.
PAGES = {
    "NextSong": ("PUT", 200),
    "Home": ("GET", 200),
    "Login": ("PUT", 307),
    "Logout": ("PUT", 307),
    "Settings": ("GET", 200),
    "Save Settings": ("PUT", 307),
    "Help": ("GET", 200),
    "About": ("GET", 200),
    "Error": ("GET", 404),
    "Upgrade": ("GET", 200),
    "Submit Upgrade": ("PUT", 307),
    "Downgrade": ("GET", 200),
    "Submit Downgrade": ("PUT", 307),
}
NEW_LEVEL = {"Submit Upgrade": "paid", "Submit Downgrade": "free"}
# Prefix of a step that is logged while the user is logged out.
LOGGED_OUT = "logged out: "

Step = str | Track
Line = tuple[int, str]  # epoch milliseconds, JSON


@dataclass
class Listener:
    """One user; `level` and `busy_until` change as they listen."""

    user_id: int
    level: str
    weight: float
    names: str  # `"firstName":…,"gender":…`, encoded; these fields never change
    last_name: str
    location: str
    registration: str
    agent: str
    busy_until: int = 0


def make_listeners(count: int, start: int, rng: random.Random) -> list[Listener]:
    """`count` users who registered in the month before `start`. The first one is paid."""
    listeners = []
    for number in range(count):
        name = rng.choice(FIRST_NAMES)
        last_name = rng.choice(LAST_NAMES) if number != 1 else mis_decoded("Peñarroya")
        paid = number == 0 or (number > 3 and rng.random() < PAID_SHARE)
        registered = start - rng.randrange(HOUR, 30 * 24 * HOUR)
        listeners.append(
            Listener(
                user_id=number + 2,
                level="paid" if paid else "free",
                weight=rng.paretovariate(1.1) * (9 if paid else 1),
                names=f'"firstName":{encode(name)},"gender":"{rng.choice("FFM")}"',
                last_name=encode(last_name),
                location=encode(rng.choice(TOWNS)),
                registration=f"{registered}.0",
                agent=encode(rng.choice(USER_AGENTS)),
            )
        )
    return listeners


class Audience:
    """Chooses listeners by how often they listen."""

    def __init__(self, listeners: list[Listener], rng: random.Random) -> None:
        self.listeners = listeners
        self._cumulative_weights = list(accumulate(min(one.weight, 60.0) for one in listeners))
        self._rng = rng

    def pick(self, at: int) -> Listener | None:
        """A listener without a session at `at`; None if several tries found only busy ones."""
        for one in self._rng.choices(self.listeners, cum_weights=self._cumulative_weights, k=8):
            if one.busy_until < at:
                return one
        return None


def random_steps(
    listener: Listener, size: int, playlist: Playlist, rng: random.Random
) -> Iterator[Step]:
    """About `size` steps of an ordinary session: mostly plays, with some pages between them."""
    chance = rng.random
    tracks = iter(rng.choices(playlist.tracks, cum_weights=playlist.cumulative_weights, k=size))
    if chance() < 0.08:
        yield LOGGED_OUT + "Home"
        yield LOGGED_OUT + "Login"
    if chance() < 0.6:
        yield "Home"
    for track in tracks:
        draw = chance()
        if draw < 0.9:
            yield track
        elif draw < 0.955:
            yield "Home"
        elif draw < 0.967:
            yield "Settings"
            if chance() < 0.3:
                yield "Save Settings"
        elif draw < 0.975:
            yield "Help"
        elif draw < 0.98:
            yield "About"
        elif draw < 0.982:
            yield "Error"
        elif draw < 0.99:
            change = "Downgrade" if listener.level == "paid" else "Upgrade"
            yield change
            if chance() < 0.1:
                yield f"Submit {change}"
        else:
            yield "Logout"
            yield LOGGED_OUT + "Home"
            return


def play_session(
    listener: Listener, session_id: int, start: int, steps: Iterable[Step], rng: random.Random
) -> Iterator[Line]:
    """The lines of a session, in order. Its listener is busy until the last one."""
    at = start
    who = (
        f',"lastName":{listener.last_name},"length":',
        f',"location":{listener.location},"method":',
        f',"registration":{listener.registration},"sessionId":{session_id},"song":',
        f',"userAgent":{listener.agent},"userId":"{listener.user_id}"}}',
    )
    for item, step in enumerate(steps):
        hour = at // HOUR % 24
        if hour == MAINTENANCE_HOUR:
            at += HOUR
            hour = PLAYERLESS_HOUR
        if isinstance(step, Track) and hour != PLAYERLESS_HOUR:
            yield (
                at,
                (
                    f'{{"artist":{step.artist},"auth":"Logged In",{listener.names}'
                    f',"itemInSession":{item}{who[0]}{step.length},"level":"{listener.level}"'
                    f'{who[1]}"PUT","page":"NextSong"{who[2]}{step.title}'
                    f',"status":200,"ts":{at}{who[3]}'
                ),
            )
            listener.busy_until = at
            at += step.milliseconds
            continue
        page = "Error" if isinstance(step, Track) else step
        if page.startswith(LOGGED_OUT):
            yield (
                at,
                logged_out_line(
                    session_id, item, at, page.removeprefix(LOGGED_OUT), listener.level
                ),
            )
        else:
            listener.level = NEW_LEVEL.get(page, listener.level)
            method, status = PAGES[page]
            yield (
                at,
                (
                    f'{{"artist":null,"auth":"Logged In",{listener.names}'
                    f',"itemInSession":{item}{who[0]}null,"level":"{listener.level}"'
                    f'{who[1]}"{method}","page":"{page}"{who[2]}null'
                    f',"status":{status},"ts":{at}{who[3]}'
                ),
            )
        listener.busy_until = at
        if isinstance(step, Track):
            return  # without a player, the session ends at the first error
        at += rng.randrange(1_000, 60_000)


def logged_out_line(session_id: int, item: int, at: int, page: str, level: str) -> str:
    method, status = PAGES[page]
    return (
        '{"artist":null,"auth":"Logged Out","firstName":null,"gender":null'
        f',"itemInSession":{item},"lastName":null,"length":null,"level":"{level}","location":null'
        f',"method":"{method}","page":"{page}","registration":null,"sessionId":{session_id}'
        f',"song":null,"status":{status},"ts":{at},"userAgent":null,"userId":""}}'
    )


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
