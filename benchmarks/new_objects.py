"""Stages a folder of 50,000 songs in a file each: all, nothing new, one new song, one changed.

Purpose: `python -m benchmarks.new_objects` shows that a run costs what is new. It prints the
seconds of `stage_songs`, `load_songs` and `load_artists` for each of the four. It fails if a run
over nothing new or one new song takes more than LIMIT times boto3's listing of the folder, or if
`load_artists` takes more than ARTISTS_LIMIT of the time that staging took.
"""

from __future__ import annotations

import argparse
import json
import logging
import time

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.catalogue import TASKS, song
from benchmarks.hour_on_history import connect_airflow
from benchmarks.servers import BUCKET, Servers, running

OBJECTS = 50_000
LIMIT, ARTISTS_LIMIT = 1.0, 0.1
HOUR = ("2018-11-05T18:00:00Z", "2018-11-05T19:00:00Z")


def main() -> int:
    from tests.support.runs import create_tables, etl_dag, run_dag

    parser = argparse.ArgumentParser(prog="python -m benchmarks.new_objects")
    parser.add_argument("--objects", type=int, default=OBJECTS)
    objects = parser.parse_args().objects
    logging.disable(logging.WARNING)
    seconds: dict[str, list[float]] = {}
    with running() as servers:
        connect_airflow(servers)
        with psycopg.connect(servers.conninfo, autocommit=True) as redshift:
            create_tables(redshift)
        lister = servers.s3.get_paginator("list_objects_v2")
        for number in range(objects):
            _write(servers, number)
        for kind in ("all", "nothing new", "one new", "one changed"):
            if kind == "one new":
                _write(servers, objects)
            elif kind == "one changed":
                _write(servers, objects, title="Another")
            time.sleep(2)  # until the server lists it
            began = time.perf_counter()
            pages = lister.paginate(Bucket=BUCKET, Prefix="song_data/")
            listed = sum(len(page["Contents"]) for page in pages)
            taken = [time.perf_counter() - began]
            for task in TASKS:
                began = time.perf_counter()
                run_dag(etl_dag(), HOUR, bucket=BUCKET, only=[task])
                taken.append(time.perf_counter() - began)
            seconds[kind] = taken
        with psycopg.connect(servers.conninfo) as redshift:
            loaded = redshift.execute("select count(*), count(distinct song_id) from songs")
            assert loaded.fetchone() == (objects + 1,) * 2 == (listed,) * 2
    return 0 if _show(seconds) else 1


def _write(servers: Servers, number: int, **changes: str) -> None:
    path = servers.directory / f"s3/{BUCKET}/song_data/{number % 676}/{number:06}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(song(number) | changes))


def _show(seconds: dict[str, list[float]]) -> bool:
    table = Table("objects", "boto3's listing", *TASKS, title="seconds")
    for kind, taken in seconds.items():
        table.add_row(kind, *(f"{each:.1f}" for each in taken))
    Console(width=100).print(table)
    times = {kind: sum(seconds[kind][1:]) / seconds[kind][0] for kind in ("nothing new", "one new")}
    for kind, ratio in times.items():
        print(f"{kind}: {ratio:.2f} times boto3's listing, limit {LIMIT}")
    _, stage, _, artists = seconds["all"]
    print(f"load_artists: {artists / stage:.2f} times stage_songs, limit {ARTISTS_LIMIT}")
    return max(times.values()) <= LIMIT and artists <= ARTISTS_LIMIT * stage


if __name__ == "__main__":
    raise SystemExit(main())
