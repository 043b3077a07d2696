"""Loads a catalogue as large as the public one: 385,000 songs, with 257 repeated ids.

`python -m benchmarks.catalogue` stages the songs and loads songs and artists, first from a tenth of
the catalogue, then from all of it, in a separate process. It fails if a song is missing or
duplicated, if a row counts as bad, or if memory grows by more than LIMIT: only one entry per object
and a block of rows should be in memory.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.servers import BUCKET, Servers, running

LIMIT = 1.5
SONGS, REPEATED, SINGLE_FILES = 384_955, 257, 2_000
PER_FILE = 1_000
TASKS = ("stage_songs", "load_songs", "load_artists")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=SONGS)
    parser.add_argument("--load", metavar="S3_URL,CONNINFO", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        return _load(*options.load.split(","))
    peaks: list[dict[str, int]] = []
    for songs in (options.songs // 10, options.songs):
        with running() as servers:
            _land(servers, songs)
            peaks.append(_measure(servers, songs))
    grown = {name: peaks[1][name] / peaks[0][name] for name in peaks[0]}
    for name, ratio in grown.items():
        print(f"{name}: {ratio:.2f} times the memory for ten times the songs, limit {LIMIT}")
    return 0 if max(grown.values()) <= LIMIT else 1


def song(number: int) -> dict[str, Any]:
    chance = random.Random(number)
    return {
        "num_songs": 1,
        "artist_id": f"AR{number // 9:016X}",
        "artist_latitude": round(chance.uniform(-90, 90), 5) if number % 3 else None,
        "artist_longitude": round(chance.uniform(-180, 180), 5) if number % 3 else None,
        "artist_location": f"Town {number % 997}",
        "artist_name": f"Artist {number // 9}",
        "song_id": f"SO{number:016X}",
        "title": f"Song {number} of {number % 97}",
        "duration": round(chance.uniform(60, 600), 5),
        "year": 1960 + number % 60,
    }


def _files(songs: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The key and songs of each file: files with one song, with a thousand, and with repeats."""
    singles = min(SINGLE_FILES, songs // 20)
    for number in range(singles):
        yield f"song_data/S/{number:06}.json", [song(number)]
    for start in range(singles, songs, PER_FILE):
        last = min(start + PER_FILE, songs)
        yield f"song_data/M/{start:06}.json", [song(number) for number in range(start, last)]
    step = songs // REPEATED
    for number in range(REPEATED):
        again = song(number * step)
        if number % 2:
            again["title"] += " (Live)"
        yield f"song_data/R/{number:06}.json", [again]


def _land(servers: Servers, songs: int) -> None:
    def put(file: tuple[str, list[dict[str, Any]]]) -> None:
        body = "\n".join(map(json.dumps, file[1])).encode()
        servers.s3.put_object(Bucket=BUCKET, Key=file[0], Body=body)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, _files(songs)))


def _measure(servers: Servers, songs: int) -> dict[str, int]:
    """Load the catalogue; returns the peak bytes of the task's and the endpoint's memory."""
    endpoint = next(
        process
        for process in psutil.Process().children(recursive=True)
        if "local.redshift" in process.cmdline()
    )
    began = time.monotonic()
    command = [sys.executable, "-m", "benchmarks.catalogue", "--load"]
    task = subprocess.Popen(
        [*command, f"{servers.s3_url},{servers.conninfo}"], stdout=subprocess.PIPE, text=True
    )
    peak = 0
    while task.poll() is None:
        peak = max(peak, endpoint.memory_info().rss)
        time.sleep(0.05)
    assert task.stdout is not None
    answer = json.loads(task.stdout.read().splitlines()[-1])
    assert answer["rejected"] == 0, answer
    with psycopg.connect(servers.conninfo) as redshift:
        for table in ("staging_songs", "songs"):
            counts = redshift.execute(f"select count(*), count(distinct song_id) from {table}")
            assert counts.fetchone() == (songs, songs), table
    seconds = time.monotonic() - began
    print(
        f"{songs:,} songs, {answer['identical']} identical and {answer['conflicting']} conflicting"
        f" copies, {answer['rejected']} bad, {answer['objects']:,} objects: {seconds:.0f} s;"
        f" task {answer['peak'] >> 20} MiB, endpoint {peak >> 20} MiB"
    )
    return {"task": answer["peak"], "endpoint": peak}


def _load(s3_url: str, conninfo: str) -> int:
    """Create the tables, stage and load. Runs in a separate process."""
    import os

    from sparkify.warehouse.migrations import find_migrations
    from tests.conftest import aws_connection  # first, since it also sets Airflow's home
    from tests.support.runs import context, etl_dag

    port = conninfo.split("port=")[1].split()[0]
    os.environ["AIRFLOW_CONN_AWS_DEFAULT"] = aws_connection(s3_url, secret="none")
    os.environ["AIRFLOW_CONN_REDSHIFT_DEFAULT"] = json.dumps(
        {"conn_type": "redshift", "host": "127.0.0.1", "port": int(port), "login": "awsuser",
         "password": "none", "schema": "dev", "extra": {"ssl": False}}
    )  # fmt: skip
    with psycopg.connect(conninfo, autocommit=True) as redshift:
        for migration in find_migrations():
            for sql in migration.statements:
                redshift.execute(sql)
    variables = {"sparkify_source_bucket": BUCKET, "sparkify_work_bucket": BUCKET}
    answer: dict[str, Any] = {}
    for task_id in TASKS:
        operator: Any = etl_dag().get_task(task_id).prepare_for_execution()
        given = context(None, variables=variables, task_id=task_id)
        operator.render_template_fields(given)
        began = time.monotonic()
        counts = operator.execute(given)
        print(f"{task_id}: {time.monotonic() - began:.1f} s", file=sys.stderr)
        answer = answer or dict(counts)
    answer["peak"] = _peak()
    print(json.dumps(answer))
    return 0


def _peak() -> int:
    """The peak memory of this process, in bytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


if __name__ == "__main__":
    raise SystemExit(main())
