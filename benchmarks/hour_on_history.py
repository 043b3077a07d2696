"""Loads one hour into warehouses with a day, a month and a year of history.

Purpose: `python -m benchmarks.hour_on_history` shows that the cost of an hour does not depend on
the history. It loads the same hour of the same file with all tasks of `sparkify_etl`, into
warehouses of increasing size, up to 10 million events and 385,000 songs. It fails if the hour takes
more than LIMIT times as long with a year of history as with a day.

Not measured: the folder of songs always has 1,000 files. In production, each hour lists the whole
folder, which takes one request per thousand songs.

How: PostgreSQL, behind the endpoint, generates the history. Times are medians of several loads. In
one more load, inside one transaction, PostgreSQL counts the rows that each statement touches (reads
from a table or an index, or writes).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.servers import BUCKET, Servers, running
from local.s3 import ACCESS_KEY, REGION, SECRET_KEY

LIMIT = 1.2
EVENTS_A_YEAR, SONGS_A_YEAR = 10_000_000, 385_000
END = datetime(2018, 12, 1, 10)
WINDOW = (f"{END}Z", f"{END + timedelta(hours=1)}Z")
FOLDER_OBJECTS = 1_000
SEED = """
insert into staging_songs
select 1, 'AR' || n / 3, null, null, 'London', 'Artist ' || n / 3, 'SO' || n, 'Song ' || n,
    200 + n % 100, 2000, 1
from generate_series(1, {songs}) as n;
insert into songs
select song_id, title, artist_id, year, duration from staging_songs;
insert into artists
select distinct artist_id, artist_name, artist_location, artist_latitude, artist_longitude
from staging_songs;
insert into staging_events
select 'Artist ' || n % {songs} / 3, 'Logged In', 'Ada', 'F', n % 50, 'Byron',
    200 + n % {songs} % 100, 'free', 'London', 'PUT',
    case when n % 5 = 0 then 'Home' else 'NextSong' end, 1530000000000, n / 50,
    'Song ' || n % {songs}, 200, '{end}'::timestamp - n * interval '{step} microseconds',
    'Mozilla', (n % {users})::varchar, n / 1000
from generate_series(1, {events}) as n;
insert into songplays
select session_id || '-' || item_in_session, ts, user_id, level, null, null, session_id, location,
    user_agent
from staging_events where page = 'NextSong';
insert into page_views (page_view_id, start_time, user_id, session_id, item_in_session, page)
select session_id || '-' || item_in_session, ts, user_id, session_id, item_in_session, page
from staging_events;
insert into users
select user_id, 'Ada', 'Byron', 'F', 'free', max(ts) from staging_events
where page = 'NextSong' group by user_id;
insert into time
select distinct ts, extract(hour from ts), extract(day from ts), extract(week from ts),
    extract(month from ts), extract(year from ts), extract(dow from ts)
from staging_events where page = 'NextSong';
insert into load_ledger (load_id, table_name, object_key, etag)
select 1, 'staging_songs', 's3://{bucket}/song_data/' || n || '.json', md5(n::varchar)
from generate_series(1, {songs}) as n;
insert into load_ledger (
    load_id, table_name, object_key, etag, rows_staged, window_start, window_end
)
select n, 'staging_events', 's3://{bucket}/log_data/' || n, 'e', 1,
    '{end}'::timestamp - n * interval '1 hour', '{end}'::timestamp - (n - 1) * interval '1 hour'
from generate_series(1, {days} * 24) as n;
insert into load_watermarks
select t, 'staging_songs', 1 from (values ('songs'), ('artists'), ('songplays')) as v (t);
insert into load_listings values (1, 'staging_songs', 's3://{bucket}/song_data/',
    '{fingerprint}', {songs}, false, 'seed', now());
insert into quality_results (
    dag_id, run_id, task_id, check_name, severity, status, failing_rows, checked_at
)
select 'sparkify_etl', n::varchar, 'check_quality', c::varchar, 'error', 'passed', 0, now()
from generate_series(1, {days} * 24) as n, generate_series(1, 30) as c;
"""
TOUCHED = """
select
    coalesce(sum(pg_stat_get_xact_tuples_returned(oid)), 0)
    + coalesce(sum(pg_stat_get_xact_tuples_inserted(oid)), 0)
    + coalesce(sum(pg_stat_get_xact_tuples_updated(oid)), 0)
    + coalesce(sum(pg_stat_get_xact_tuples_deleted(oid)), 0)
from pg_class where relkind in ('r', 'i') and relnamespace <> 'pg_catalog'::regnamespace
"""

console = Console(width=140)


@dataclass(slots=True)
class Statements:
    """The cost of statements by task and text: seconds of each load, and rows touched."""

    seconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    touched: dict[tuple[str, str], int] = field(default_factory=dict)

    def total(self) -> float:
        """The median over loads of the seconds of all statements."""
        return sum(statistics.median(taken) for taken in self.seconds.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--days", type=int, nargs="+", default=[1, 30, 365])
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    walls: dict[int, float] = {}
    results: dict[int, Statements] = {}
    with running() as servers:
        connect_airflow(servers)
        _upload(servers)
        for days in options.days:
            began = time.perf_counter()
            _seed(servers, days)
            console.print(f"{days} days of history in {time.perf_counter() - began:.0f} s")
            results[days] = statements = Statements()
            walls[days] = _measure(statements, options.times)
    _show(results, walls)
    first, last = options.days[0], options.days[-1]
    ratios = {
        "the whole hour": walls[last] / walls[first],
        "its statements": results[last].total() / results[first].total(),
    }
    for name, ratio in ratios.items():
        console.print(f"{name}: {last} days / {first} days = {ratio:.2f}, limit {LIMIT}")
    return 0 if max(ratios.values()) <= LIMIT else 1


def connect_airflow(servers: Servers) -> None:
    """Set Airflow's connections and variables for tasks in this process."""
    address = psycopg.conninfo.conninfo_to_dict(servers.conninfo)
    redshift = {
        "conn_type": "redshift",
        "host": address["host"],
        "port": int(str(address["port"])),
        "login": address["user"],
        "password": "any",
        "schema": address["dbname"],
        "extra": {"ssl": False},
    }
    extra = {"endpoint_url": servers.s3_url, "region_name": REGION}
    aws = {"conn_type": "aws", "login": ACCESS_KEY, "password": SECRET_KEY, "extra": extra}
    os.environ |= {
        "AIRFLOW_CONN_REDSHIFT_DEFAULT": json.dumps(redshift),
        "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(aws),
    }


def _upload(servers: Servers) -> None:
    """Write a day's file with the year's average number of events, and a folder of songs."""
    from tests.support.runs import event, put_lines, put_paths

    put_paths(servers.s3, BUCKET)
    count = EVENTS_A_YEAR // 365
    midnight = END.replace(hour=0)
    rows = [
        event(
            (midnight + timedelta(seconds=86_400 * n / count)).isoformat(timespec="milliseconds"),
            sessionId=10**9 + n // 50,
            itemInSession=n % 50,
            userId=str(n % 500),
            song=f"Song {n % 1000}",
            artist=f"Artist {n % 1000 // 3}",
            length=200 + n % 1000 % 100,
        )
        for n in range(count)
    ]
    put_lines(servers.s3, BUCKET, f"log_data/{midnight:%Y/%m/%Y-%m-%d}-events.json", rows)
    for number in range(FOLDER_OBJECTS):
        servers.s3.put_object(Bucket=BUCKET, Key=f"song_data/{number}.json", Body=b"{}")


def _seed(servers: Servers, days: int) -> None:
    """Create an empty warehouse, and fill it with `days` of history."""
    from sparkify.loads.objects import list_below
    from sparkify.warehouse.migrations import find_migrations
    from tests.support.runs import TABLES

    events, songs = EVENTS_A_YEAR * days // 365, SONGS_A_YEAR * days // 365
    with psycopg.connect(servers.conninfo, autocommit=True) as redshift:
        for table in TABLES:
            redshift.execute(f"drop table if exists {table}")
        for migration in find_migrations():
            for statement in migration.statements:
                redshift.execute(statement)
    sql = SEED.format(
        events=events,
        songs=songs,
        users=max(500, events // 100),
        step=days * 86_400_000_000 // events,
        end=END.replace(hour=0),
        days=days,
        bucket=BUCKET,
        fingerprint=list_below(servers.s3, BUCKET, "song_data/").fingerprint,
    )
    with psycopg.connect(servers.postgres, autocommit=True) as postgres:
        for statement in sql.split(";\n"):
            if statement.strip():
                postgres.execute(statement)
        postgres.execute("vacuum analyze")
        postgres.execute("checkpoint")


def _measure(statements: Statements, times: int) -> float:
    """Load the hour several times; returns the median seconds. Count rows in one more load."""
    from tests.support.runs import etl_dag, run_dag

    walls = []
    for number in range(times + 1):
        with _timing(statements if number else Statements()):  # the first load warms up
            began = time.perf_counter()
            run_dag(etl_dag(), WINDOW, bucket=BUCKET)
            walls.append(time.perf_counter() - began)
    with _counting(statements):
        run_dag(etl_dag(), WINDOW, bucket=BUCKET)
    return statistics.median(walls[1:])


@contextmanager
def _timing(statements: Statements) -> Iterator[None]:
    """Record the seconds of each statement."""
    from sparkify.warehouse.session import Warehouse

    cursor = Warehouse._cursor

    @contextmanager
    def timed(self: Warehouse, sql: str, values: Any) -> Iterator[Any]:
        began = self._seconds
        with cursor(self, sql, values) as result:
            statements.seconds.setdefault(_name(sql), []).append(self._seconds - began)
            yield result

    with patch.object(Warehouse, "_cursor", timed):
        yield


@contextmanager
def _counting(statements: Statements) -> Iterator[None]:
    """Record the rows that each statement touches. Each task runs in one transaction for this."""
    from sparkify.warehouse.session import Warehouse

    cursor = Warehouse._cursor

    @contextmanager
    def counted(self: Warehouse, sql: str, values: Any) -> Iterator[Any]:
        self._connection.autocommit = False
        if "sys_load_history" in sql:  # a snapshot from before the COPY does not see its record
            self._connection.commit()
        before = _touched(self)
        with cursor(self, sql, values) as result:
            after = _touched(self)
            name = _name(sql)
            statements.touched[name] = statements.touched.get(name, 0) + after - before
            yield result

    def _touched(self: Warehouse) -> int:
        probe = self._connection.cursor()
        probe.execute(TOUCHED)
        ((rows,),) = probe.fetchall()
        probe.close()
        return int(rows)

    with patch.object(Warehouse, "_cursor", counted):
        yield


def _name(sql: str) -> tuple[str, str]:
    """A statement's kind, and enough of its text to distinguish it."""
    lines = [line.strip() for line in sql.splitlines() if not line.startswith("--")]
    words = " ".join(" ".join(lines).split())
    return words.split()[0], words[:90]


def _show(message: dict[int, Statements], walls: dict[int, float]) -> None:
    """Print the most expensive statements for each history."""
    table = Table(title="one hour: milliseconds and rows touched, by history", title_justify="left")
    table.add_column("statement", overflow="ellipsis", no_wrap=True)
    for days in message:
        table.add_column(f"{days} d: ms", justify="right")
        table.add_column("rows", justify="right")
    last = list(message.values())[-1]
    ranked = sorted(last.seconds, key=lambda name: -statistics.median(last.seconds[name]))
    for name in ranked[:30]:
        cells = []
        for statements in message.values():
            taken = statements.seconds.get(name)
            cells.append(f"{1000 * statistics.median(taken):.1f}" if taken else "")
            cells.append(f"{statements.touched.get(name, 0):,}")
        table.add_row(name[1], *cells)
    totals = []
    for days, statements in message.items():
        totals += [f"{1000 * statements.total():.0f}", f"{sum(statements.touched.values()):,}"]
        totals[-2] += f" of {1000 * walls[days]:.0f}"
    table.add_row("all statements, of the whole hour", *totals, style="bold")
    console.print(table)


if __name__ == "__main__":
    raise SystemExit(main())
