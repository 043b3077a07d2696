"""Compares COPY of many objects with one song each with a parallel GET by boto3.

`python -m benchmarks.copy_objects` runs both in turn on the same S3 server, with equal numbers of
workers, and compares medians. It fails if the ratio exceeds LIMIT.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from benchmarks.servers import BUCKET, Servers, running
from local.redshift.copy.objects import WORKERS, ObjectStore

LIMIT = 0.6
TABLE = """
create table songs (
    num_songs int, artist_id varchar(32), artist_latitude decimal(9, 5),
    artist_longitude decimal(9, 5), artist_location varchar(512), artist_name varchar(512),
    song_id varchar(32), title varchar(512), duration decimal(12, 5), year int
)
"""
COPY = f"copy songs from 's3://{BUCKET}/song_data/' iam_role default format as json 'auto'"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=14_896)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with running() as servers:
        keys = _upload(servers, options.objects)
        taken: dict[str, list[float]] = {"endpoint's COPY": [], "parallel GET": []}
        for _ in range(options.times):
            taken["endpoint's COPY"].append(_copy(servers, len(keys)))
            taken["parallel GET"].append(_get(servers, keys))
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        rate = len(keys) / median
        print(f"{name:16} {median:6.2f} s  {rate:7,.0f} objects/s  (best {min(seconds):.2f} s)")
    copy, get = (statistics.median(seconds) for seconds in taken.values())
    print(f"ratio {copy / get:.2f}, limit {LIMIT}")
    return 0 if copy / get <= LIMIT else 1


def _upload(servers: Servers, objects: int) -> list[str]:
    chance = random.Random(1)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

    def put(number: int) -> str:
        first, second, third = (letters[number // 26**power % 26] for power in range(3))
        song = {
            "num_songs": 1,
            "artist_id": f"AR{number:016X}",
            "artist_latitude": round(chance.uniform(-90, 90), 5) if number % 3 else None,
            "artist_longitude": round(chance.uniform(-180, 180), 5) if number % 3 else None,
            "artist_location": "" if number % 2 else "Montréal, Québec",
            "artist_name": f'The "{number}" / Band',
            "song_id": f"SO{number:016X}",
            "title": f"Song {number} [Remix]",
            "duration": round(chance.uniform(60, 600), 5),
            "year": number % 60 + 1960 if number % 4 else 0,
        }
        key = f"song_data/{third}/{second}/{first}/TR{number:016X}.json"
        servers.s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(song))
        return key

    with ThreadPoolExecutor(WORKERS) as pool:
        return sorted(pool.map(put, range(objects)))


def _copy(servers: Servers, expected: int) -> float:
    with psycopg.connect(servers.conninfo, autocommit=True) as connection:
        connection.execute("drop table if exists songs")
        connection.execute(TABLE)
        began = time.perf_counter()
        connection.execute(COPY)
        taken = time.perf_counter() - began
        assert connection.execute("select count(*) from songs").fetchone() == (expected,)
        return taken


def _get(servers: Servers, keys: list[str]) -> float:
    """GET all objects with boto3, and discard the bytes."""
    client = ObjectStore(endpoint_url=servers.s3_url, region="us-west-2").client

    def get(key: str) -> int:
        return len(client.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    began = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        assert sum(pool.map(get, keys)) > 0
    return time.perf_counter() - began


if __name__ == "__main__":
    raise SystemExit(main())
