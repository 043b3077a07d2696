"""Compares COPY of a day's events through the endpoint with PostgreSQL's COPY of the same rows.

`python -m benchmarks.copy_events` runs both in turn on the same server and compares medians. The
endpoint reads JSON from S3; PostgreSQL reads CSV from this process. It fails if the ratio exceeds
LIMIT.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import psycopg

from benchmarks.servers import BUCKET, Servers, running
from local.sample_data import Parameters, write

LIMIT = 2.0
TABLE = """
create table events (
    artist varchar(512), auth varchar(32), first_name varchar(128), gender varchar(8),
    item_in_session integer not null, last_name varchar(128), length decimal(12, 5),
    level varchar(16), location varchar(256), method varchar(8), page varchar(64),
    registration decimal(18, 3), session_id bigint not null, song varchar(512), status smallint,
    ts timestamp not null, user_agent varchar(512), user_id varchar(64)
)
"""
COPY = f"""
copy events from 's3://{BUCKET}/log_data/' iam_role default
format as json 's3://{BUCKET}/log_json_path.json' timeformat 'epochmillisecs' emptyasnull
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=7)
    options = parser.parse_args()
    with running() as servers:
        _upload(servers, options.events)
        with (
            psycopg.connect(servers.conninfo, autocommit=True) as endpoint,
            psycopg.connect(servers.postgres, autocommit=True) as direct,
        ):
            return _compare(endpoint, direct, options.times)


def _upload(servers: Servers, events: int) -> None:
    write(servers.directory / "data", Parameters(days=1, events=events, songs=2000))
    for path in (servers.directory / "data").rglob("*"):
        key = path.relative_to(servers.directory / "data").as_posix()
        if path.is_file() and key.startswith("log"):
            servers.s3.upload_file(str(path), BUCKET, key)
            print(f"{key}: {path.stat().st_size / 1e6:.1f} MB")


def _compare(endpoint: psycopg.Connection, direct: psycopg.Connection, times: int) -> int:
    _empty(endpoint, direct)
    endpoint.execute(COPY)
    (rows,) = _one(direct, "select count(*) from events")
    with direct.cursor().copy("copy events to stdout (format csv)") as copy:
        csv = [bytes(piece) for piece in copy]
    pieces = [b"".join(csv[at : at + 1000]) for at in range(0, len(csv), 1000)]

    taken: dict[str, list[float]] = {"endpoint, JSON in S3": [], "PostgreSQL, ready CSV": []}
    for _ in range(times):
        _empty(endpoint, direct)
        began = time.perf_counter()
        endpoint.execute(COPY)
        taken["endpoint, JSON in S3"].append(time.perf_counter() - began)
        _empty(endpoint, direct)
        began = time.perf_counter()
        with direct.cursor().copy("copy events from stdin (format csv)") as copy:
            for piece in pieces:
                copy.write(piece)
        taken["PostgreSQL, ready CSV"].append(time.perf_counter() - began)

    for name, seconds in taken.items():
        median = statistics.median(seconds)
        print(
            f"{name:22} {median:6.3f} s  {rows / median:9,.0f} rows/s  (best {min(seconds):.3f} s)"
        )
    through, own = (statistics.median(seconds) for seconds in taken.values())
    print(f"ratio {through / own:.2f}, limit {LIMIT}")
    return 0 if through / own <= LIMIT else 1


def _empty(endpoint: psycopg.Connection, direct: psycopg.Connection) -> None:
    endpoint.execute("drop table if exists events")
    endpoint.execute(TABLE)
    direct.execute("checkpoint")


def _one(connection: psycopg.Connection, sql: str) -> tuple[Any, ...]:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row


if __name__ == "__main__":
    raise SystemExit(main())
