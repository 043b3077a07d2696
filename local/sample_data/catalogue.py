"""Songs: the catalogue in `song_data/`, and the tracks that listeners play.

Purpose: a list of `Song` for the files, and a weighted list of `Track` for the plays. Many tracks
are not in the catalogue, as in Sparkify's own data. Some differ from a song in one field only.
"""

from __future__ import annotations

import json
import random
import string
from dataclasses import asdict, dataclass, replace
from itertools import accumulate

from local.sample_data.words import (
    ACCENTED_WORDS,
    ADJECTIVES,
    FIRST_NAMES,
    LAST_NAMES,
    NOUNS,
    TOWNS,
    mis_decoded,
)

MATCHED_SHARE = 0.4  # of all plays, about. The real data has 0.05; more gives a better top ten.
SONGS_PER_ARTIST = 1.6

ODD_ARTISTS: tuple[tuple[str | int, ...], ...] = (
    (311,),
    ("The Static\u0007 Bellows",),
    (mis_decoded("Señora Lumière"),),
    ("Café Añoranza",),
    ("The Quill Ferrymen", "The Quill Ferrymen Featuring Odalys Quern"),
)

# The first songs: the artist's number, the index of the artist's name, the title.
ODD_SONGS = (
    (0, 0, "Number Station / Reprise"),
    (1, 0, "Tab\tand\u0001Return\r\n"),
    (2, 0, mis_decoded("Día Azul")),
    (3, 0, "¿Qué Hora Será_ Amigo?"),
    (4, 0, "Slack Water"),
    (4, 1, "Slack Water"),
    (5, 0, "Slack Water"),
    (4, 0, "Slack Water"),
)
TWINS = (4, 7)  # these two of the songs above are equal in title, artist and duration

TITLE_PATTERNS = (
    "{adjective} {noun}",
    "The Last of the {noun}",
    "{noun} for {name}",
    "{adjective} Again",
    "No More {noun}",
    "{name}'s {noun}",
    "Where {noun} Go (Album Version)",
    "{noun} / {adjective} Morning",
)


@dataclass(frozen=True)
class Song:
    """One object of `song_data/`, with its fields in the file's order."""

    artist_id: str
    artist_latitude: float | None
    artist_location: str
    artist_longitude: float | None
    artist_name: str | int
    duration: float
    num_songs: int
    song_id: str
    title: str
    year: int

    def as_json(self) -> str:
        return encode(asdict(self))

    def track_id(self, number: int) -> str:
        """The file's name. Its third to fifth letters are the file's folders."""
        return f"TRA{self.song_id[2:6]}128F{_unique_hex(number, 7)}"


@dataclass(frozen=True)
class Track:
    """The song's fields in a play's event, encoded as JSON."""

    artist: str
    length: str
    title: str
    milliseconds: int


@dataclass(frozen=True)
class Artist:
    artist_id: str
    names: tuple[str | int, ...]
    location: str
    latitude: float | None
    longitude: float | None


class Playlist:
    """Tracks and their popularity: a few are played often, most rarely.

    `showcase` has one track of every odd kind, for the scripted sessions.
    """

    def __init__(self, songs: list[Song], rng: random.Random) -> None:
        matched = [_track(song.artist_name, song.title, song.duration) for song in songs]
        missing = [_near_miss(song, rng) for song in songs[::4]]
        missing += [_unknown(rng) for _ in range(2 * len(songs) + 20)]
        self.showcase = [*matched[: len(ODD_SONGS)], *missing[:4], *missing[-4:]]
        odd, usual = matched[: len(ODD_SONGS)], matched[len(ODD_SONGS) :]
        rng.shuffle(usual)
        rng.shuffle(missing)
        matched = [*usual[:20], *odd, *usual[20:]]  # keeps the top ten readable
        weights = _skewed(len(matched), MATCHED_SHARE if matched else 0.0)
        weights += _skewed(len(missing), 1.0 - MATCHED_SHARE)
        self.tracks = matched + missing
        self.cumulative_weights = list(accumulate(weights))


def encode(value: object) -> str:
    """JSON as Sparkify's app writes it: without spaces, in ASCII, with `\\/` for a slash."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def make_songs(count: int, rng: random.Random) -> list[Song]:
    """`count` songs, the odd ones first. Equal states of `rng` give equal songs."""
    artists = [_artist(number, rng) for number in range(max(6, int(count / SONGS_PER_ARTIST)))]
    songs: list[Song] = []
    for number in range(count):
        if number < len(ODD_SONGS):
            artist, alias, title = ODD_SONGS[number]
            songs.append(_song(number, artists[artist], artists[artist].names[alias], title, rng))
            continue
        chosen = rng.choice(artists)
        title = rng.choice(songs).title if rng.random() < 0.04 else _title(rng)
        songs.append(_song(number, chosen, rng.choice(chosen.names), title, rng))
    if count >= len(ODD_SONGS):
        first, twin = songs[TWINS[0]], songs[TWINS[1]]
        songs[TWINS[1]] = replace(twin, duration=first.duration)
    return songs


def _song(number: int, artist: Artist, name: str | int, title: str, rng: random.Random) -> Song:
    return Song(
        artist_id=artist.artist_id,
        artist_latitude=artist.latitude,
        artist_location=artist.location,
        artist_longitude=artist.longitude,
        artist_name=name,
        duration=_duration(rng),
        num_songs=1,
        song_id=f"SO{_letters(rng, 5)}12A{_unique_hex(number, 8)}",
        title=title,
        year=0 if rng.random() < 0.3 else rng.randint(1961, 2010),
    )


def _artist(number: int, rng: random.Random) -> Artist:
    noun, adjective = rng.choice(NOUNS), rng.choice(ADJECTIVES)
    person = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
    base = rng.choice(
        (f"The {adjective} {noun}", f"{adjective} {noun}", person, f"{person} & The {noun}")
    )
    names = [base]
    if rng.random() < 0.08:
        names.append(f"{base} Featuring {rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}")
    if rng.random() < 0.04:
        names.append(f"{base} / {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}")
    if number < len(ODD_ARTISTS):
        return Artist(_artist_id(number, rng), ODD_ARTISTS[number], "", None, None)
    placed = rng.random() < 0.35
    return Artist(
        artist_id=_artist_id(number, rng),
        names=tuple(names),
        location=rng.choice(TOWNS) if placed or rng.random() < 0.3 else "",
        latitude=round(rng.uniform(-45, 65), 5) if placed else None,
        longitude=round(rng.uniform(-160, 175), 5) if placed else None,
    )


def _artist_id(number: int, rng: random.Random) -> str:
    return f"AR{_letters(rng, 5)}1187B{_unique_hex(number, 6)}"


def _title(rng: random.Random) -> str:
    if rng.random() < 0.03:
        return f"{rng.choice(ACCENTED_WORDS)} {rng.choice(NOUNS)}"
    return rng.choice(TITLE_PATTERNS).format(
        adjective=rng.choice(ADJECTIVES), noun=rng.choice(NOUNS), name=rng.choice(FIRST_NAMES)
    )


def _track(artist: str | int, title: str, length: float) -> Track:
    return Track(encode(artist), encode(length), encode(title), int(length * 1000))


def _near_miss(song: Song, rng: random.Random) -> Track:
    """A track that differs from a song in one of artist, title and duration."""
    artist, title, length = song.artist_name, song.title, song.duration
    match rng.randrange(3):
        case 0:
            artist = f"{artist} Featuring {rng.choice(FIRST_NAMES)}"
        case 1:
            title = f"{title} (Live)"
        case _:
            length = round(length + rng.uniform(0.001, 9), 5)
    return _track(artist, title, length)


def _unknown(rng: random.Random) -> Track:
    name = (
        f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)} {rng.choice(('Trio', 'Orchestra', 'Club'))}"
    )
    if rng.random() < 0.04:
        name = mis_decoded(f"{rng.choice(ACCENTED_WORDS)} {name}")
    return _track(name, _title(rng), _duration(rng))


def _skewed(count: int, total: float) -> list[float]:
    """Weights proportional to 1 / (rank + 4) ** 0.9, with the sum `total`."""
    weights = [(rank + 4) ** -0.9 for rank in range(count)]
    scale = total / sum(weights) if weights else 0.0
    return [weight * scale for weight in weights]


def _letters(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.ascii_uppercase, k=count))


def _unique_hex(number: int, width: int) -> str:
    """Hex digits that are unique for each number, since an odd factor permutes."""
    return f"{number * 0x9E3779B1 % 16**width:0{width}X}"


def _duration(rng: random.Random) -> float:
    """A duration in seconds: the median is about 230; two thirds are between 165 and 330."""
    return round(rng.lognormvariate(5.45, 0.35), 5)
