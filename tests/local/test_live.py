"""New events land as the app would write them, and can be loaded."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime
from typing import Any

import pytest

from local.sample_data.live import BROKEN, App, Landing, file_of
from tests.support.runs import etl_dag, put_paths, query, run_dag

HOUR = 3_600_000
START = int(datetime(2024, 5, 5, 21, tzinfo=UTC).timestamp()) * 1000
FIRST, SECOND = date(2024, 5, 5), date(2024, 5, 6)


def lines(s3: Any, bucket: str, day: date) -> list[str]:
    return s3.get_object(Bucket=bucket, Key=file_of(day))["Body"].read().decode().splitlines()


def landing(s3: Any, bucket: str, *, seed: int = 3, **more: Any) -> Landing:
    app = App(START, random.Random(seed), session_id=5000)
    return Landing(s3, bucket, app, random.Random(seed), **more)


def test_lines_come_in_order_of_time_and_none_before_its_time():
    app = App(START, random.Random(1))
    seen: list[int] = []
    for step in range(1, 49):
        until = START + step * HOUR // 8
        moments = [at for at, _ in app.lines_until(until)]
        assert all(until - HOUR // 8 <= at <= until for at in moments)
        seen += moments
    assert seen == sorted(seen)
    assert len(seen) > 200


def test_events_do_not_depend_on_how_often_they_are_requested():
    often, once = App(START, random.Random(1)), App(START, random.Random(1))
    parts = [line for step in range(1, 37) for line in often.lines_until(START + step * HOUR // 6)]
    assert parts == once.lines_until(START + 6 * HOUR)


def test_a_days_file_only_grows_at_its_end(s3, bucket):
    site = landing(s3, bucket)
    site.land(START + HOUR)
    before = lines(s3, bucket, FIRST)
    site.land(START + 2 * HOUR)
    after = lines(s3, bucket, FIRST)
    assert after[: len(before)] == before
    assert len(after) > len(before) > 10


def test_a_restart_continues_the_existing_file(s3, bucket):
    landing(s3, bucket).land(START + HOUR)
    before = lines(s3, bucket, FIRST)
    again = landing(s3, bucket, seed=4)
    again.take_over(FIRST)
    again.land(START + 2 * HOUR)
    assert lines(s3, bucket, FIRST)[: len(before)] == before


def test_a_late_file_lands_when_it_is_released(s3, bucket):
    site = landing(s3, bucket, late=FIRST)
    assert site.land(START + 5 * HOUR).files == [file_of(SECOND)]
    with pytest.raises(s3.exceptions.NoSuchKey):
        lines(s3, bucket, FIRST)
    assert site.release() == file_of(FIRST)
    assert len(lines(s3, bucket, FIRST)) > 20
    assert site.release() is None


def test_landed_events_are_loaded_with_broken_lines_and_late_songs(s3, bucket, warehouse):
    put_paths(s3, bucket)
    site = landing(s3, bucket)
    songs: set[str] = set()
    broken = step = 0
    while not songs or not broken:
        step += 1
        landed = site.land(START + step * HOUR // 20)
        songs |= {landed.song} if landed.song else set()
        broken += landed.broken
    end = datetime.fromtimestamp((START + step * HOUR // 20) / 1000 + 3600, UTC)
    window = ("2024-05-05T21:00:00Z", end.replace(minute=0, second=0).isoformat())
    answers = run_dag(etl_dag(), window, bucket=bucket)
    days = [FIRST, SECOND, date(2024, 5, 7), date(2024, 5, 8)]
    there = {item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    landed_lines = [
        line for day in days if file_of(day) in there for line in lines(s3, bucket, day)
    ]
    good = [json.loads(line) for line in landed_lines if line != BROKEN]
    plays = [event for event in good if event["page"] == "NextSong"]
    assert answers["stage_events"]["rejected"] == broken == landed_lines.count(BROKEN)
    assert query(warehouse, "select count(*) from songplays") == [(len(plays),)]
    assert {title for (title,) in query(warehouse, "select title from songs")} == songs
