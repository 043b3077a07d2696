"""A week of plays that can be counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.runs import query

# session, item, start_time, user, level, song, artist, song_id, location. 2018-11-04 is a Sunday.
PLAYS = [
    (1, 0, "2018-11-04 10:00:00", "7", "free", "Northbound", "The Lanterns", "S1", "London"),
    (1, 1, "2018-11-04 10:04:30", "7", "free", "Ebb", "The Lanterns", None, "London"),
    (2, 0, "2018-11-05 23:30:00", "8", "paid", "Northbound", "The Lanterns", "S1", "Paris"),
    (3, 0, "2018-11-06 00:10:00", "7", "paid", "Ebb", "The Lanterns", None, "London"),
    (3, 1, "2018-11-06 10:10:00", "7", "free", "BjÃ¶rk in SÃO", "SÃO PAULO", None, "Zürich"),
    (3, 2, "2018-11-06 10:12:00", "7", "paid", "Ebb", "The Lanterns", None, "London"),
    (4, 0, "2018-11-12 08:00:00", "9", "free", "Northbound", "The Lanterns", "S1", "Paris"),
]
COLUMNS = "session_id, start_time, user_id, level, song, artist, song_id, location, songplay_id"


@pytest.fixture
def plays(warehouse: Any) -> Any:
    """The warehouse with the rows of PLAYS."""
    for session, item, at, *values in PLAYS:
        values = [session, at, *values, f"{session}-{item}"]
        cursor = warehouse.cursor()
        cursor.execute(
            f"insert into songplays ({COLUMNS}) values ({', '.join(['%s'] * 9)})", values
        )
        hour = int(at[11:13])
        weekday = {"04": 0, "05": 1, "06": 2, "12": 1}[at[8:10]]
        query(
            warehouse,
            f"insert into time (start_time, hour, weekday) values ('{at}', {hour}, {weekday})",
        )
    return warehouse
