"""Songs, which COPY loads with JSON 'auto'."""

from __future__ import annotations

import json
from typing import Any

from tests.corpus.case import CONVERSION, ERRORS, FROM_JSON, OURS, PREPARING, Case, Reject
from tests.support.runs import song

SECOND = "another row has the same key, and was loaded"


def _file(*songs: Any) -> bytes:
    return b"\n".join(json.dumps(each, ensure_ascii=False).encode() for each in songs)


SONGS = [
    Case(
        "a name that is a number", FROM_JSON, _file(song("S1", artist_name=311)),
        (("311",),), select="artist_name",
    ),
    Case(
        "keys in another case", FROM_JSON,  # 'auto' is not 'auto ignorecase'
        _file({"song_id": "S1", "Title": "x", "TITLE": "y"}), ((None,),), select="title",
    ),
    Case(
        "keys in another order, and others between", FROM_JSON,
        _file({"year": 1999, "also": 1, "title": "x", "song_id": "S1"}),
        (("x", 1999),), select="title, year",
    ),
    Case(
        "a year that is too large", ERRORS, _file(song("S1"), song("S2", year=199900)),
        (("S1",),), (Reject(2, "year", "Overflow, Value '199900'", '"S2"'),), select="song_id",
    ),
    Case(
        "no song_id", ERRORS, _file(song("S1"), song("S2") | {"song_id": None}),
        (("S1",),), (Reject(2, "song_id", "Missing data for not-null field", "null"),),
        select="song_id",
    ),
    Case(
        "an empty song_id", CONVERSION, _file(song("S1"), song("")),
        (("S1",),), (Reject(2, "song_id", "Missing data for not-null field", '""'),),
        select="song_id",
    ),
    Case(
        "a title of 171 characters and 513 bytes", PREPARING,
        _file(song("S1", title="€" * 171), song("S2")),
        (("Northbound",),), (Reject(1, "title", "String length exceeds DDL length", "€€"),),
        select="title",
    ),
    Case(
        "a latitude in words", ERRORS, _file(song("S1", artist_latitude="51° N"), song("S2")),
        (("S2",),), (Reject(1, "artist_latitude", "Invalid digit, Value", "51° N"),),
        select="song_id",
    ),
    Case(
        "a latitude that is empty", CONVERSION, _file(song("S1", artist_latitude="")),
        ((None,),), select="artist_latitude",
    ),
    Case(
        "a song twice", OURS, _file(song("S1", title="b"), song("S1", title="a")),
        (("a",),), (Reject(None, "song_id", SECOND, '"title": "b"'),), select="title",
    ),
]  # fmt: skip
