"""The generated data has the format and the peculiarities of the real data."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from local.sample_data import Parameters, Written, write
from local.sample_data.__main__ import main
from tests.support.files import files

HOUR = 3_600_000
EVENT_KEYS = (
    "artist auth firstName gender itemInSession lastName length level location method page "
    "registration sessionId song status ts userAgent userId"
)
SONG_KEYS = (
    "artist_id artist_latitude artist_location artist_longitude artist_name duration num_songs "
    "song_id title year"
)


class Sample:
    """The written data, parsed."""

    def __init__(self, folder: Path, written: Written) -> None:
        self.folder = folder
        self.written = written

    @cached_property
    def event_files(self) -> list[Path]:
        return files(self.folder, "log_data/*/*/*.json")

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        lines = [line for path in self.event_files for line in path.read_text().split("\n")]
        return [json.loads(line) for line in lines]

    @cached_property
    def plays(self) -> list[dict[str, Any]]:
        return [event for event in self.events if event["page"] == "NextSong"]

    @cached_property
    def song_files(self) -> list[Path]:
        return files(self.folder, "song_data/*/*/*/*.json")

    @cached_property
    def songs(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in self.song_files]


@pytest.fixture(scope="module", params=[(30, 8000, 400, 1), (2, 150, 20, 7)], ids=["month", "tiny"])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    days, events, songs, seed = request.param
    folder = tmp_path_factory.mktemp("sample")
    return Sample(folder, write(folder, Parameters(days, events, songs, seed=seed)))


def test_it_writes_the_days_events_and_songs_that_were_asked_for(tmp_path: Path) -> None:
    sample = Sample(tmp_path, write(tmp_path, Parameters(days=5, events=1234, songs=56)))
    assert len(sample.event_files) == 5
    assert len(sample.events) == sample.written.events == 1234
    assert len(sample.songs) == sample.written.songs == 56
    assert len(sample.plays) == sample.written.plays


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    digests = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        folder = tmp_path / name
        write(folder, Parameters(days=3, events=500, songs=30, seed=seed))
        digest = hashlib.sha256()
        for path in files(folder, "[!.]*/**/*.json"):
            digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
        digests.append(digest.digest())
    assert digests[0] == digests[1] != digests[2]


def test_events_have_the_keys_types_and_escapes_of_the_app(sample: Sample) -> None:
    for event in sample.events:
        assert " ".join(event) == EVENT_KEYS
        assert isinstance(event["userId"], str)
        assert isinstance(event["ts"], int)
        assert (event["length"] is None) == (event["page"] != "NextSong")
    text = "".join(path.read_text() for path in sample.event_files)
    assert "/" not in text.replace("\\/", "")
    assert text.isascii()
    assert any(event["registration"] for event in sample.events)
    assert all(isinstance(e["registration"], float) for e in sample.events if e["userId"])


def test_logged_out_rows_have_an_empty_user_id_and_nulls(sample: Sample) -> None:
    rows = [event for event in sample.events if event["auth"] == "Logged Out"]
    assert rows
    for row in rows:
        assert row["userId"] == ""
        for key in ("firstName", "gender", "lastName", "location", "registration", "userAgent"):
            assert row[key] is None
    assert all(event["userId"] for event in sample.events if event["auth"] == "Logged In")


def test_no_file_of_events_ends_with_a_newline(sample: Sample) -> None:
    assert all(path.read_bytes().endswith(b"}") for path in sample.event_files)


def test_every_row_is_in_the_file_of_its_utc_day_in_order_of_time(sample: Sample) -> None:
    for path in sample.event_files:
        day = datetime.fromisoformat(path.name[:10]).replace(tzinfo=UTC)
        assert path.parent == sample.folder / f"log_data/{day:%Y}/{day:%m}"
        times = [json.loads(line)["ts"] for line in path.read_text().split("\n")]
        assert times == sorted(times)
        assert day.timestamp() * 1000 <= times[0]
        assert times[-1] < (day + timedelta(days=1)).timestamp() * 1000


def test_session_and_item_are_unique_together(sample: Sample) -> None:
    keys = Counter((event["sessionId"], event["itemInSession"]) for event in sample.events)
    assert max(keys.values()) == 1


def test_nobody_plays_two_songs_at_the_same_moment(sample: Sample) -> None:
    keys = Counter((event["userId"], event["ts"]) for event in sample.plays)
    assert max(keys.values()) == 1


def test_two_users_play_at_the_same_moment(sample: Sample) -> None:
    assert len({play["ts"] for play in sample.plays}) < len(sample.plays)


def test_an_artist_is_called_by_a_json_number(sample: Sample) -> None:
    assert any(song["artist_name"] == 311 for song in sample.songs)
    assert any(play["artist"] == 311 for play in sample.plays)


def test_names_hold_control_characters_and_mis_decoded_text(sample: Sample) -> None:
    played = "".join(str(play["song"]) for play in sample.plays)
    assert {"\t", "\u0001", "\r", "\u0083"} <= set(played)
    assert "\u0000" not in played
    assert any("\u0083" in (event["lastName"] or "") for event in sample.events)
    titles = "".join(song["title"] for song in sample.songs)
    assert {"\t", "\u0001", "\u0083", "¿"} <= set(titles)


def test_some_user_agents_hold_quotes(sample: Sample) -> None:
    agents = {event["userAgent"] for event in sample.events if event["userAgent"]}
    assert any(agent.startswith('"') and agent.endswith('"') for agent in agents)
    assert any('"' not in agent for agent in agents)


def test_there_are_hours_without_events_and_hours_without_plays(sample: Sample) -> None:
    events = {event["ts"] // HOUR % 24 for event in sample.events}
    plays = {play["ts"] // HOUR % 24 for play in sample.plays}
    assert 9 not in events
    assert 10 in events
    assert 10 not in plays


def test_sessions_cross_hours_and_midnight(sample: Sample) -> None:
    times = defaultdict(set)
    for event in sample.events:
        times[event["sessionId"]].add(event["ts"])
    assert any(len({ts // HOUR for ts in session}) > 1 for session in times.values())
    assert any(len({ts // (24 * HOUR) for ts in session}) > 1 for session in times.values())


def test_a_user_goes_from_paid_to_free_to_paid_inside_one_hour(sample: Sample) -> None:
    levels = defaultdict(list)
    for play in sample.plays:
        levels[play["userId"], play["ts"] // HOUR].append(play["level"])
    assert any("paid,free,paid" in ",".join(hour) for hour in levels.values())


def test_artists_have_several_names_and_songs_share_titles(sample: Sample) -> None:
    names = defaultdict(set)
    for song in sample.songs:
        names[song["artist_id"]].add(song["artist_name"])
    assert any(len(of_one) > 1 for of_one in names.values())
    artists_by_title = defaultdict(set)
    for song in sample.songs:
        artists_by_title[song["title"]].add(song["artist_id"])
    assert any(len(artists) > 1 for artists in artists_by_title.values())
    twins = Counter((song["title"], song["artist_name"], song["duration"]) for song in sample.songs)
    assert max(twins.values()) == 2


def test_some_plays_match_a_song_and_some_miss_it_by_one_field(sample: Sample) -> None:
    songs = [(song["title"], song["artist_name"], song["duration"]) for song in sample.songs]
    plays = [(play["song"], play["artist"], play["length"]) for play in sample.plays]
    matched = [play for play in plays if play in songs]
    assert 0.1 < len(matched) / len(plays) < 0.9
    near = {
        sum(mine == theirs for mine, theirs in zip(play, song, strict=True))
        for play in set(plays) - set(songs)
        for song in songs
    }
    assert 2 in near


def test_songs_have_the_keys_types_and_places_of_the_real_ones(sample: Sample) -> None:
    assert len({song["song_id"] for song in sample.songs}) == len(sample.songs)
    for path, song in zip(sample.song_files, sample.songs, strict=True):
        assert " ".join(song) == SONG_KEYS
        assert path.relative_to(sample.folder / "song_data").parts[:-1] == tuple(path.name[2:5])
        assert [len(song["song_id"]), len(song["artist_id"]), len(path.stem)] == [18, 18, 18]
        assert isinstance(song["duration"], float)
        assert (song["artist_latitude"] is None) == (song["artist_longitude"] is None)
    assert len({song["duration"] for song in sample.songs}) > 0.9 * len(sample.songs)
    assert any(song["year"] == 0 for song in sample.songs)
    assert any(song["artist_location"] == "" for song in sample.songs)


def test_the_json_paths_are_in_the_order_of_the_keys(sample: Sample) -> None:
    paths = json.loads((sample.folder / "log_json_path.json").read_text())["jsonpaths"]
    assert paths == [f"$['{key}']" for key in EVENT_KEYS.split()]


def test_plays_are_skewed_to_a_few_songs_and_to_the_american_day(tmp_path: Path) -> None:
    sample = Sample(tmp_path, write(tmp_path, Parameters()))
    songs = Counter((play["song"], play["artist"]) for play in sample.plays)
    top = sum(count for _, count in songs.most_common(len(songs) // 10))
    assert top > 0.35 * len(sample.plays)
    hours = Counter(play["ts"] // HOUR % 24 for play in sample.plays)
    assert sum(hours[hour] for hour in range(14, 22)) > 2 * sum(hours[hour] for hour in range(1, 9))
    users = {event["userId"] for event in sample.events} - {""}
    assert 70 <= len(users) <= 96


def test_data_that_is_there_already_is_left_alone_and_other_parameters_replace_it(
    tmp_path: Path,
) -> None:
    few = Parameters(days=1, events=200, songs=10)
    assert write(tmp_path, few).fresh
    assert not write(tmp_path, few).fresh
    write(tmp_path, Parameters(days=2, events=300, songs=10, start="2019-01-01"))
    names = [path.name for path in Sample(tmp_path, write(tmp_path, few)).event_files]
    assert names == ["2018-11-01-events.json"]


def test_a_directory_of_other_data_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log_data").mkdir()
    assert main(["--out", str(tmp_path)]) == 1
    assert "holds data of another origin" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["log_data"]


@pytest.mark.parametrize("events", [0, 1, 7])
def test_very_few_events_can_be_generated(tmp_path: Path, events: int) -> None:
    assert write(tmp_path, Parameters(days=1, events=events, songs=0)).events == events
