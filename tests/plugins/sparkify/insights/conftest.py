"""A week of plays and page views that can be counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.quality.good_data import insert

LANTERNS, DAMAGED = "The Lanterns", "BjÃ¶rk in SÃO"
# session, item, start_time, user, level, song, artist, song_id, location, length.
# 2018-11-04 is a Sunday.
PLAYS = [
    (1, 0, "2018-11-04 10:00:00", "7", "free", "Northbound", LANTERNS, "S1", "London", 180),
    (1, 1, "2018-11-04 10:04:30", "7", "free", "Ã\x89tÃ©", LANTERNS, None, "London", 241.5),
    (2, 0, "2018-11-05 23:30:00", "8", "paid", "Northbound", LANTERNS, "S1", "Paris", 180),
    (3, 0, "2018-11-06 00:10:00", "7", "paid", "Été", LANTERNS, None, "London", 240.5),
    (3, 1, "2018-11-06 10:10:00", "7", "free", DAMAGED, "SÃO PAULO", None, "Zürich", 300),
    (3, 2, "2018-11-06 10:12:00", "7", "paid", "Été", LANTERNS, None, "London", 240.5),
    (4, 0, "2018-11-12 08:00:00", "9", "free", "Northbound", LANTERNS, "S1", "Paris", 180),
]
# session, item, start_time, user, level, page, status, location.
OTHER_VIEWS = [
    (1, 2, "2018-11-04 10:10:00", "7", "free", "Upgrade", 200, "London"),
    (5, 0, "2018-11-05 12:00:00", None, "free", "Home", 200, None),
    (2, 1, "2018-11-05 23:50:00", "8", "paid", "Error", 404, "Paris"),
    (2, 2, "2018-11-06 00:25:00", "8", "paid", "Downgrade", 200, "Paris"),
    (3, 3, "2018-11-06 10:13:00", "7", "paid", "Submit Upgrade", 307, "London"),
    (6, 0, "2018-11-24 09:00:00", "9", "free", "Home", 200, "Paris"),
]
AGENTS = {
    "7": ("Windows and Chrome", "computer", "Windows", "Chrome"),
    "8": ("iPhone and Safari", "phone", "iOS", "Safari"),
}


@pytest.fixture
def plays(warehouse: Any) -> Any:
    """The warehouse with the rows of PLAYS and OTHER_VIEWS."""
    for session, item, at, user, level, song, artist, song_id, location, length in PLAYS:
        insert(warehouse, "songplays", songplay_id=f"{session}-{item}", session_id=session,
               start_time=at, user_id=user, level=level, song=song, artist=artist, song_id=song_id,
               location=location, length=length,
               song_repaired="Été" if song == "Ã\x89tÃ©" else None)  # fmt: skip
        weekday = {"04": 0, "05": 1, "06": 2, "12": 1}[at[8:10]]
        insert(warehouse, "time", start_time=at, hour=int(at[11:13]), weekday=weekday)
        view(warehouse, session, item, at, user, level, "NextSong", 200, location)
    for other in OTHER_VIEWS:
        view(warehouse, *other)
    for user, gender in (("7", "F"), ("8", "M"), ("9", "F")):
        insert(warehouse, "users", user_id=user, gender=gender)
    # The song of the second play, if its title is repaired.
    insert(warehouse, "staging_songs", song_id="S2", title="Été", artist_name=LANTERNS,
           artist_id="A1", duration=241.5)  # fmt: skip
    return warehouse


def view(warehouse: Any, session: int, item: int, at: str, user: str | None, *more: Any) -> None:
    level, page, status, location = more
    agent, device, system, browser = AGENTS.get(str(user), (None,) * 4)
    insert(warehouse, "page_views", page_view_id=f"{session}-{item}", session_id=session,
           item_in_session=item, start_time=at, user_id=user, level=level, page=page,
           status=status, location=location, user_agent=agent, device=device,
           operating_system=system, browser=browser)  # fmt: skip
